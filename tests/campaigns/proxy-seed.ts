/** Two people in Node, with the real client, server and HTTP, each behind a proxy that interferes. */
import { setTimeout as delay } from 'node:timers/promises'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import type { LogPage } from '../../server/wire/log.ts'
import { enrol, readItems, write, type Person } from '../client/person.ts'
import { listDecided, type HistoryRow, type KeptMessage } from '../e2e/kept.ts'
import { createRandomness, type Randomness } from '../sim/randomness.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { figuresOf, findFaults, listComplaints, toLogged, type Evidence, type Findings } from './evidence.ts'
import { comeToRest } from './come-to-rest.ts'
import { interfere } from './interfere.ts'

const PAUSE_MOST_MS = 250

interface Side {
  readonly me: Person
  readonly contact: Person
  readonly net: FaultProxy
  readonly tabs: ReadonlyMap<string, AccountDoor>
}

/** Tells one story on a server of this machine. */
export async function runProxySeed(seed: number, origin: string): Promise<Findings> {
  const randomness = createRandomness(seed)
  const port = Number(new URL(origin).port)
  const nets = [await FaultProxy.start(port), await FaultProxy.start(port)] as const
  const people = await Promise.all(nets.map((net) => enrol(origin, `http://127.0.0.1:${net.port}`)))
  const [anna, ben] = people
  if (!anna || !ben) throw new Error('there are two proxies')
  try {
    // In half of the stories the two have met before it begins.
    const sidesBefore = randomness.isLikely(0.5) ? null : nets.map((net) => interfere(net, randomness))
    const sides = [
      await open('anna', { me: anna, contact: ben, net: nets[0], randomness }),
      await open('ben', { me: ben, contact: anna, net: nets[1], randomness }),
    ]
    const shown: string[] = []
    if (!sidesBefore) await meet(sides, shown)
    const interferences = sidesBefore ?? nets.map((net) => interfere(net, randomness))
    await Promise.all(
      sides.flatMap((side) => [...side.tabs].map((tab) => talk(side, tab, { randomness, shown }))),
    )
    for (const { end } of interferences) end(randomness.isLikely(0.8))
    for (const { browser } of people) browser.wake()
    const evidence = await comeToRest(() => gather(sides, shown))
    const unexpected = people.flatMap(({ browser }) =>
      browser.faults.map((fault) => `fault: ${String(fault)}`),
    )
    const networkFaults = interferences.reduce((sum, { faults }) => sum + faults(), 0)
    return {
      faults: [...findFaults(evidence), ...unexpected],
      figures: { networkFaults, tabs: evidence.screens.size, ...figuresOf(evidence) },
    }
  } finally {
    for (const { browser } of people) browser.closeTabs()
    for (const net of nets) await net.stop()
  }
}

async function open(
  name: string,
  { me, contact, net, randomness }: Omit<Side, 'tabs'> & { randomness: Randomness },
): Promise<Side> {
  const tabs = new Map<string, AccountDoor>()
  const count = randomness.whole(1, 2)
  for (let tab = 1; tab <= count; tab++) tabs.set(`${name} ${tab}`, await me.browser.openTab(me.account))
  return { me, contact, net, tabs }
}

/** The first message has arrived. */
async function meet([first, second]: readonly Side[], shown: string[]): Promise<void> {
  const [[, tab] = []] = first?.tabs ?? []
  if (!tab || !first || !second) throw new Error('there are two sides')
  await write(tab, first.contact.account, 'hello 1')
  shown.push('hello 1')
  await comeToRest(() => gather([first, second], shown))
}

/** Writes a few messages in one tab, and perhaps refreshes the keys once. */
async function talk(
  { contact: { account } }: Side,
  [name, tab]: readonly [string, AccountDoor],
  { randomness, shown }: { randomness: Randomness; shown: string[] },
): Promise<void> {
  const count = randomness.whole(2, 6)
  const refreshAt = randomness.whole(1, 3 * count)
  for (let number = 1; number <= count; number++) {
    await delay(randomness.whole(0, PAUSE_MOST_MS))
    // Without keys yet there is nothing to refresh.
    if (number === refreshAt) await refreshKeySet(tab.open, account.id).catch(() => null)
    await write(tab, account, `${name} ${number}`)
    shown.push(`${name} ${number}`)
  }
}

async function gather(sides: readonly Side[], shown: readonly string[]): Promise<Evidence> {
  const histories = new Map<string, KeptMessage[]>()
  const screens = new Map<string, string[]>()
  const complaints: string[] = []
  for (const { tabs, contact } of sides)
    for (const [name, tab] of tabs) {
      const rows = await readRows(tab)
      histories.set(name, listDecided(rows))
      complaints.push(...listComplaints(name, rows))
      screens.set(name, await readTexts(tab, contact))
    }
  const records = sides.flatMap(({ me }) => me.browser.records)
  const seals = records.filter(({ operation }) => operation === 'seal')
  const [first] = sides
  const log = first ? await readLog(first) : []
  return { shown, log, histories, screens, complaints, seals }
}

async function readRows({ open: { database } }: AccountDoor): Promise<HistoryRow[]> {
  return (await database.messages.toArray()).toSorted((one, other) => one.position - other.position)
}

/** What stands on the screen. */
async function readTexts(tab: AccountDoor, contact: Person): Promise<string[]> {
  const items = await readItems(tab, contact.account)
  return items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
}

/** By the server's own word, in pages as long as it gives them. */
async function readLog({ me, contact }: Side) {
  const pages: LogPage[] = []
  for (let after = 0, head = 1; after < head;) {
    const page = await me.api.call('pull', { params: { contact: contact.account.id }, query: { after } })
    pages.push(page)
    after += page.entries.length
    head = page.head
  }
  return pages.flatMap(({ entries }) =>
    entries.flatMap(({ id, sender, envelope }) => toLogged(id, sender, envelope)),
  )
}

/** A copy of a browser has its keys too. What the copy has left by a refresh, this browser must not go on sealing under. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { createApi } from '../../pwa/client/api/http.ts'
import { findKeySet, usableExchange } from '../../pwa/client/sync/key-sets.ts'
import { newEntryId, refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import { makeChange } from '../../pwa/protocol/change.ts'
import { Browser, readLines, write, type Person, type TestServer } from './person.ts'
import { endTwoPeople, startTwoPeople } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atAnna: AccountDoor
let atBen: AccountDoor

beforeEach(async () => {
  ;({ server, anna, ben } = await startTwoPeople())
  atAnna = await anna.browser.openTab(anna.account)
  atBen = await ben.browser.openTab(ben.account)
  await write(atAnna, ben.account, 'hello')
  await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
  await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
})

afterEach(() => endTwoPeople({ server, anna, ben }))

/** Appends a refresh as a copy of Anna's browser does: with her keys and her cookies, and without her database. */
async function refreshInCopy(): Promise<void> {
  const { open } = atAnna
  const contact = ben.account.id
  const log = await open.database.logs.get(contact)
  const usable = log && (await usableExchange(open, log.state))
  const current =
    log?.announced && (await findKeySet(open, log.state, log.announced.exchange, log.announced.keys))
  if (!usable || !current) throw new Error('no keys to refresh')
  const lastIv = (await open.database.counters.get(current.id))?.committedIv ?? 0n
  const tools = { ...open.tools, log: () => undefined }
  const self = anna.account.id
  const { envelope } = await makeChange(tools, { current, secret: usable.secret, lastIv, self, contact })
  const copy = new Browser(server.origin)
  copy.takeCookiesOf(anna.browser)
  const answer = await createApi(copy.fetch).call('append', {
    params: { contact },
    body: { entries: [{ id: newEntryId(open), envelope }] },
  })
  if (answer.refused) throw new Error(answer.refused.code)
}

const queuedKinds = async () =>
  (await atAnna.open.database.outbox.orderBy('[conversation+order]').toArray()).map((row) => row.kind)

/** Texts in the order in which Ben sees them, and what he cannot open. */
const shownToBen = async () =>
  (await readLines(atBen, anna.account)).filter((line) => /^(them|unreadable)/.test(line))

describe('what was sealed under keys that a copy of the browser has left', () => {
  test('is refused, sealed again, and arrives once and in order', async () => {
    anna.browser.isOffline = true
    await write(atAnna, ben.account, 'one', 'two')
    await expect.poll(queuedKinds, PATIENCE).toEqual(['message', 'message'])
    await refreshInCopy()
    anna.browser.isOffline = false
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    await expect.poll(shownToBen, PATIENCE).toEqual(['them: hello', 'them: one', 'them: two'])
    await expect
      .poll(() => readLines(atAnna, ben.account), PATIENCE)
      .toEqual(expect.arrayContaining(['me: one (delivered)', 'me: two (delivered)']))
  })

  test('is taken back when it is a refresh that comes second, and what follows it arrives once', async () => {
    anna.browser.isOffline = true
    await refreshKeySet(atAnna.open, ben.account.id)
    await write(atAnna, ben.account, 'under my own new keys')
    await expect.poll(queuedKinds, PATIENCE).toEqual(['change', 'message'])
    await refreshInCopy()
    anna.browser.isOffline = false
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    await expect.poll(shownToBen, PATIENCE).toEqual(['them: hello', 'them: under my own new keys'])
  })
})

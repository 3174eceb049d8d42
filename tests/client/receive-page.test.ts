import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { createApi, type Api } from '../../pwa/client/api/http.ts'
import type { OpenAccount } from '../../pwa/client/open-account.ts'
import { receivePage } from '../../pwa/client/sync/receive-page.ts'
import { ensureConversation } from '../../pwa/client/sync/stream-loop.ts'
import { emptyLog } from '../../pwa/protocol/log-state.ts'
import type { LogPage } from '../../server/wire/log.ts'
import { entry, message, newKeySet, offerEnvelope } from '../contracts/entries.ts'
import { Browser, enrol, readLines, startTestServer, write, type Person, type TestServer } from './person.ts'
import { closeBrowsers } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atAnna: AccountDoor
/** Reads for Anna's account what her own tab, which is without a network, does not see. */
let elsewhere: Api

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

beforeEach(async () => {
  anna = await enrol(server.origin)
  ben = await enrol(server.origin)
  atAnna = await anna.browser.openTab(anna.account)
  const atBen = await ben.browser.openTab(ben.account)
  await write(atAnna, ben.account, 'hello')
  await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
  await expect.poll(linesOfAnna, PATIENCE).toContain('me: hello (delivered)')
  await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
  anna.browser.isOffline = true
  const browser = new Browser(server.origin)
  browser.takeCookiesOf(anna.browser)
  elsewhere = createApi(browser.fetch)
})

afterEach(() => closeBrowsers(anna, ben))

const cursor = async (): Promise<number | undefined> =>
  (await atAnna.open.database.logs.get(ben.account.id))?.state.seq
const linesOfAnna = () => readLines(atAnna, ben.account)

async function writeAsBen(...texts: readonly string[]): Promise<void> {
  const tab = await ben.browser.openTab(ben.account)
  await write(tab, anna.account, ...texts)
  const sent = texts.map((text) => `me: ${text} (sent)`)
  await expect.poll(() => readLines(tab, anna.account), PATIENCE).toEqual(expect.arrayContaining(sent))
}

/** What stands behind the cursor of Anna's tab. */
async function pull(limit = 100): Promise<LogPage> {
  const params = { contact: ben.account.id }
  return elsewhere.call('pull', { params, query: { after: (await cursor()) ?? 0, limit } })
}

/** The same account in a tab whose hashes wait for `gate`. */
function slowed(open: OpenAccount, gate: Promise<unknown>): OpenAccount {
  const { primitives, log } = open.tools
  const sha256 = async (bytes: Uint8Array<ArrayBuffer>) => (await gate, primitives.sha256(bytes))
  return { ...open, tools: { log, primitives: { ...primitives, sha256 } } }
}

describe('receivePage', () => {
  test('moves the cursor with the messages of the page or not at all', async () => {
    await writeAsBen('for you')
    const { open } = atAnna
    const page = await pull()
    const before = await cursor()
    const refuse = (): never => {
      throw new Error('the disk is full')
    }
    open.database.messages.hook('creating', refuse)
    await expect(receivePage(open, page)).rejects.toThrow()
    expect(await cursor()).toBe(before)
    open.database.messages.hook('creating').unsubscribe(refuse)
    expect(await receivePage(open, page)).toBe('applied')
    expect(await linesOfAnna()).toContain('them: for you')
  })

  test('writes nothing of a page that another tab was faster with', async () => {
    await writeAsBen('one', 'two')
    const { open } = atAnna
    const [first, both] = [await pull(1), await pull()]
    const gate = Promise.withResolvers<void>()
    const late = receivePage(slowed(open, gate.promise), first)
    expect(await receivePage(open, both)).toBe('applied')
    gate.resolve()
    expect(await late).toBe('discarded')
    expect(await cursor()).toBe(both.head)
  })

  test('seals under keys of its own only, once another browser of the account has written', async () => {
    await elsewhere.call('append', {
      params: { contact: ben.account.id },
      body: { entries: [message(newKeySet(), 1)] },
    })
    expect(await receivePage(atAnna.open, await pull())).toBe('applied')
    await write(atAnna, ben.account, 'with new keys')
    const kinds = async () => (await atAnna.open.database.outbox.toArray()).map(({ kind }) => kind).toSorted()
    await expect.poll(kinds, PATIENCE).toEqual(['change', 'message'])
  })

  test('holds what waits when the contact shows another identity', async () => {
    await write(atAnna, ben.account, 'only for you')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(1)
    const params = { contact: anna.account.id }
    await ben.api.call('append', { params, body: { entries: [entry(offerEnvelope())] } })
    expect(await receivePage(atAnna.open, await pull())).toBe('applied')
    const [row] = await atAnna.open.database.outbox.toArray()
    const waiting = await atAnna.open.database.messages.get(row?.id ?? '')
    const { heldUpTo } = (await atAnna.open.database.conversations.get(ben.account.id)) ?? {}
    expect(heldUpTo).toBe(waiting?.position)
  })

  test('holds nothing because of what somebody writes', async () => {
    await writeAsBen('security-code-changed')
    await write(atAnna, ben.account, 'is it?')
    expect(await receivePage(atAnna.open, await pull())).toBe('applied')
    const { heldUpTo } = (await atAnna.open.database.conversations.get(ben.account.id)) ?? {}
    expect(heldUpTo).toBeNull()
  })

  test('shows a replayed message as such, and the message itself as before', async () => {
    await writeAsBen('said once')
    const page = await pull()
    const last = page.entries.at(-1)
    if (!last) throw new Error('nothing was pulled')
    const replayed = { ...last, seq: last.seq + 1 }
    const repeating = { ...page, entries: [...page.entries, replayed], head: replayed.seq }
    expect(await receivePage(atAnna.open, repeating)).toBe('applied')
    const again = { ...last, seq: last.seq + 2 }
    const later = { ...page, after: replayed.seq, entries: [again], head: again.seq }
    expect(await receivePage(atAnna.open, later)).toBe('applied')
    const lines = (await linesOfAnna()).slice(-3)
    expect(lines).toEqual(['them: said once', 'unreadable: replay', 'unreadable: replay'])
  })

  test('leaves an own message where it stands when the server repeats it', async () => {
    const seq = (await cursor()) ?? 0
    const params = { contact: ben.account.id }
    const { entries } = await elsewhere.call('pull', { params, query: { after: 0, limit: 100 } })
    const own = entries.find(
      ({ sender, envelope }) => sender === anna.account.id && envelope.includes('"msg"'),
    )
    if (!own) throw new Error('anna wrote nothing')
    const before = await atAnna.open.database.messages.get(own.id)
    const page = { contact: ben.account.id, after: seq, entries: [{ ...own, seq: seq + 1 }], head: seq + 1 }
    expect(await receivePage(atAnna.open, page)).toBe('applied')
    expect(await atAnna.open.database.messages.get(own.id)).toEqual(before)
    expect((await linesOfAnna()).at(-1)).toBe('unreadable: replay')
  })

  test('keeps a message whose entry id stands at the same place of another conversation', async () => {
    const carl = await enrol(server.origin)
    const { open } = atAnna
    const own = (await open.database.messages.toArray()).find(({ text }) => text === 'hello')
    if (!own) throw new Error('nothing was written')
    const before = Array.from({ length: own.position - 1 }, () => entry(offerEnvelope()))
    const entries = [...before, { ...message(newKeySet(), 1), id: own.id }]
    await carl.api.call('append', { params: { contact: anna.account.id }, body: { entries } })
    await ensureConversation(open, carl.account)
    const params = { contact: carl.account.id }
    const page = await elsewhere.call('pull', { params, query: { after: 0 } })
    expect(page.entries.at(-1)).toMatchObject({ id: own.id, seq: own.position })
    expect(await receivePage(open, page)).toBe('applied')
    expect(await linesOfAnna()).toContain('me: hello (delivered)')
    expect(await readLines(atAnna, carl.account)).toContain('unreadable: no_exchange')
  })

  test('takes no other salt for an exchange whose secret is held', async () => {
    const { database } = atAnna.open
    const log = await database.logs.get(ben.account.id)
    if (!log) throw new Error('anna has read nothing')
    const params = { contact: ben.account.id }
    const { entries } = await elsewhere.call('pull', { params, query: { after: 0, limit: 2 } })
    const altered = entries.map((one) => ({ ...one, envelope: withOtherSalt(one.envelope) }))
    expect(altered.map(({ envelope }) => envelope)).not.toEqual(entries.map(({ envelope }) => envelope))
    // As if Anna's browser had been killed when it held the secret and had not moved its cursor yet.
    const state = await emptyLog(atAnna.open.tools, log.state.lower, log.state.higher)
    await database.logs.put({ conversation: ben.account.id, state, sealing: null, announced: null })
    const page = { contact: ben.account.id, after: 0, entries: altered, head: 2 }
    expect(await receivePage(atAnna.open, page)).toBe('applied')
    expect(await linesOfAnna()).toContain('exchange-failed')
    expect((await database.logs.get(ben.account.id))?.sealing).toBeNull()
  })
})

/** The envelope, with another random part in its salt if it has one. */
function withOtherSalt(envelope: string): string {
  return envelope.replace(
    /("salt":".{28})(.)/,
    (_, head: string, last: string) => head + (last === 'A' ? 'E' : 'A'),
  )
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { findKeySet } from '../../pwa/client/sync/key-sets.ts'
import { withdraw } from '../../pwa/client/history/withdraw.ts'
import { receivePage } from '../../pwa/client/sync/receive-page.ts'
import { refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import { sealMessage } from '../../pwa/protocol/envelope.ts'
import { makeTools } from '../protocol/two-parties.ts'
import { freshId, openDatabase } from './account-databases.ts'
import {
  enrol,
  readItems,
  readLines,
  startTestServer,
  write,
  type Person,
  type TestServer,
} from './person.ts'
import { closeBrowsers } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atAnna: AccountDoor
let atBen: AccountDoor

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.stop())

beforeEach(async () => {
  anna = await enrol(server.origin)
  ben = await enrol(server.origin)
  atAnna = await anna.browser.openTab(anna.account)
  atBen = await ben.browser.openTab(ben.account)
})

afterEach(() => closeBrowsers(anna, ben))

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
const asSent = (texts: readonly string[]): string[] => texts.map((text) => `me: ${text} (delivered)`)
const asReceived = (texts: readonly string[]): string[] => texts.map((text) => `them: ${text}`)

const linesOfAnna = () => readLines(atAnna, ben.account)
const linesOfBen = () => readLines(atBen, anna.account)

/** The texts in the order in which somebody sees them, without notices. */
async function readTexts(tab: AccountDoor, contact: Person): Promise<readonly string[]> {
  const items = await readItems(tab, contact.account)
  return items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
}

/** Both have exchanged keys and a message each. */
async function meet(): Promise<void> {
  await write(atAnna, ben.account, 'hello')
  await expect.poll(linesOfBen, PATIENCE).toEqual(['keys-exchanged', 'them: hello'])
  await write(atBen, anna.account, 'hi')
  await expect.poll(linesOfAnna, PATIENCE).toEqual(['keys-exchanged', 'me: hello (delivered)', 'them: hi'])
}

describe('two accounts', () => {
  test('exchange keys for the first message and write to each other', async () => {
    await meet()
    const fromAnna = numbered('a', 5)
    const fromBen = numbered('b', 5)
    await write(atAnna, ben.account, ...fromAnna)
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['hello', 'hi', ...fromAnna])
    await write(atBen, anna.account, ...fromBen)
    await expect
      .poll(linesOfBen, PATIENCE)
      .toEqual([
        'keys-exchanged',
        'them: hello',
        'me: hi (delivered)',
        ...asReceived(fromAnna),
        ...asSent(fromBen),
      ])
    expect(await linesOfAnna()).toEqual([
      'keys-exchanged',
      'me: hello (delivered)',
      'them: hi',
      ...asSent(fromAnna),
      ...asReceived(fromBen),
    ])
    expect(await atAnna.open.database.outbox.count()).toBe(0)
  })

  test('go on under new keys after a refresh', async () => {
    await meet()
    await refreshKeySet(atAnna.open, ben.account.id)
    await write(atAnna, ben.account, 'under new keys')
    await expect
      .poll(linesOfBen, PATIENCE)
      .toEqual([
        'keys-exchanged',
        'them: hello',
        'me: hi (delivered)',
        'keys-changed',
        'them: under new keys',
      ])
    await write(atBen, anna.account, 'so do I')
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toContain('so do I')
    expect(await linesOfAnna()).toContain('keys-changed')
    const keys = anna.browser.records.filter((one) => one.operation === 'seal').map((one) => one.keys)
    expect(new Set(keys).size).toBe(2)
  })

  test('both go on when their refreshes cross', async () => {
    await meet()
    await Promise.all([
      refreshKeySet(atAnna.open, ben.account.id),
      refreshKeySet(atBen.open, anna.account.id),
    ])
    await write(atAnna, ben.account, 'a1')
    await write(atBen, anna.account, 'b1')
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toContain('b1')
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toContain('a1')
    await refreshKeySet(atAnna.open, ben.account.id)
    await write(atAnna, ben.account, 'a2')
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toContain('a2')
    for (const lines of [await linesOfAnna(), await linesOfBen()])
      expect(lines.filter((line) => line.startsWith('unreadable'))).toEqual([])
  })

  test('both go on when refreshes cross and the answer to one is lost', async () => {
    await meet()
    await refreshKeySet(atBen.open, anna.account.id)
    anna.browser.losesAnswer = (request) => /POST .*\/entries/.test(request)
    await refreshKeySet(atAnna.open, ben.account.id)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    anna.browser.losesAnswer = () => false
    await write(atAnna, ben.account, 'a2')
    await expect.poll(linesOfAnna, PATIENCE).toContain('me: a2 (delivered)')
    expect((await linesOfBen()).filter((line) => !line.startsWith('keys-'))).toEqual([
      'them: hello',
      'me: hi (delivered)',
      'them: a1',
      'them: a2',
    ])
  })

  test('write while offline; it arrives once and in order', async () => {
    await meet()
    anna.browser.isOffline = true
    const texts = numbered('offline', 5)
    await write(atAnna, ben.account, ...texts)
    await expect
      .poll(() => atAnna.open.database.outbox.filter((row) => row.kind === 'message').count(), PATIENCE)
      .toBe(5)
    expect(await readTexts(atBen, anna)).toEqual(['hello', 'hi'])
    anna.browser.isOffline = false
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['hello', 'hi', ...texts])
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
  })

  test('refresh before the first message that a new run seals offline', async () => {
    await meet()
    const before = anna.browser.records.length
    anna.browser.closeTabs()
    anna.browser.isOffline = true
    atAnna = await anna.browser.openTab(anna.account)
    await write(atAnna, ben.account, 'o1', 'o2')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(3)
    const kinds = (await atAnna.open.database.outbox.orderBy('[conversation+order]').toArray()).map(
      (row) => row.kind,
    )
    expect(kinds).toEqual(['change', 'message', 'message'])
    const operations = anna.browser.records.slice(before).map((one) => one.operation)
    expect(operations.indexOf('refresh')).toBeLessThan(operations.indexOf('seal'))
    anna.browser.isOffline = false
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['hello', 'hi', 'o1', 'o2'])
  })

  test('need no refresh in a new run that asks the server first', async () => {
    await meet()
    anna.browser.closeTabs()
    atAnna = await anna.browser.openTab(anna.account)
    await write(atAnna, ben.account, 'again')
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['hello', 'hi', 'again'])
    expect(await linesOfBen()).not.toContain('keys-changed')
  })

  test('a message whose answer was lost arrives once', async () => {
    await meet()
    let lost = 0
    anna.browser.losesAnswer = (request) => /POST .*\/entries/.test(request) && (lost += 1) <= 2
    await write(atAnna, ben.account, 'once', 'and only once')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    await expect
      .poll(() => readTexts(atBen, anna), PATIENCE)
      .toEqual(['hello', 'hi', 'once', 'and only once'])
    expect(lost).toBeGreaterThan(0)
  })

  test('read the log before they send what was written without a network', async () => {
    await meet()
    ben.browser.isOffline = true
    await write(atBen, anna.account, 'from the train')
    await expect.poll(() => atBen.open.database.outbox.count(), PATIENCE).toBeGreaterThan(0)
    ben.browser.requests.length = 0
    ben.browser.isOffline = false
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toContain('from the train')
    const log = `/api/conversations/${anna.account.id}/entries`
    const first = (method: string) =>
      ben.browser.requests.findIndex((request) => request.startsWith(`${method} ${log}`))
    expect(first('GET')).toBeGreaterThan(-1)
    expect(first('GET')).toBeLessThan(first('POST'))
  })

  test('exchange keys anew when one of them has lost theirs, and both read on', async () => {
    await meet()
    ben.browser.closeTabs()
    ben.browser.clockAheadMs = 3 * 60_000
    atBen = await ben.browser.openTab(ben.account)
    ben.browser.closeTabs()
    ben.browser.storage.clear()
    atBen = await ben.browser.openTab(ben.account)
    await expect
      .poll(() => atBen.open.vault.keys.value, PATIENCE)
      .toEqual({ state: 'gone', canPutBack: false })
    expect((await readItems(atBen, anna.account)).map((item) => item.kind)).toEqual([
      'notice',
      'message',
      'message',
    ])
    await replaceIdentity(atBen.open)
    await write(atBen, anna.account, 'new keys please')
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toEqual(['hello', 'hi', 'new keys please'])
    expect(await linesOfAnna()).toContain('security-code-changed')
    await write(atAnna, ben.account, 'there you are')
    await expect
      .poll(() => readTexts(atBen, anna), PATIENCE)
      .toEqual(['hello', 'hi', 'new keys please', 'there you are'])
  })

  test('lose nothing when a killed browser comes back without its first keys', async () => {
    await meet()
    ben.browser.closeTabs()
    ben.browser.storage.clear()
    atBen = await ben.browser.openTab(ben.account)
    await write(atAnna, ben.account, 'are you there')
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['hello', 'hi', 'are you there'])
    await write(atBen, anna.account, 'yes')
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toContain('yes')
    expect(await linesOfAnna()).not.toContain('security-code-changed')
  })

  test('two tabs of one account write at the same time', async () => {
    await meet()
    const second = await anna.browser.openTab(anna.account)
    const fromFirst = numbered('first', 10)
    const fromSecond = numbered('second', 10)
    await Promise.all([write(atAnna, ben.account, ...fromFirst), write(second, ben.account, ...fromSecond)])
    await expect
      .poll(async () => (await readTexts(atBen, anna)).toSorted(), PATIENCE)
      .toEqual(['hello', 'hi', ...fromFirst, ...fromSecond].toSorted())
    const lines = await linesOfBen()
    expect(lines.filter((line) => !/^(them|me): /.test(line))).toEqual(['keys-exchanged'])
    const received = await readTexts(atBen, anna)
    expect(received.filter((text) => text.startsWith('first'))).toEqual(fromFirst)
    expect(received.filter((text) => text.startsWith('second'))).toEqual(fromSecond)
    expect(await readTexts(second, ben)).toEqual(await readTexts(atAnna, ben))
  })
})

describe('findKeySet', () => {
  test('knows a key set under its own exchange only, or a server could move messages to another', async () => {
    await meet()
    const { open } = atAnna
    const log = await open.database.logs.get(ben.account.id)
    if (!log?.sealing) throw new Error('there are no keys')
    const { exchange, keys } = log.sealing
    expect((await findKeySet(open, log.state, exchange, keys))?.id).toBe(keys)
    expect(await findKeySet(open, log.state, 'A'.repeat(22), keys)).toBeNull()
  })
})

describe('receivePage', () => {
  test('discards a page that does not start at the cursor', async () => {
    await meet()
    const { open } = atAnna
    const before = await open.database.logs.get(ben.account.id)
    const seq = before?.state.seq ?? 0
    const page = await anna.api.call('pull', { params: { contact: ben.account.id }, query: { after: 0 } })
    expect(page.entries.length).toBe(seq)
    expect(await receivePage(open, page)).toBe('discarded')
    expect(await receivePage(open, { ...page, after: seq + 1 })).toBe('discarded')
    expect(await open.database.logs.get(ben.account.id)).toEqual(before)
  })

  test('keeps a message of one conversation when its entry id is repeated in another', async () => {
    await meet()
    const carl = await enrol(server.origin)
    const [theirs] = (await atAnna.open.database.messages.toArray()).filter(({ text }) => text === 'hi')
    const { entries } = await anna.api.call('pull', {
      params: { contact: ben.account.id },
      query: { after: 0 },
    })
    const envelope = entries.find(({ id }) => id === theirs?.id)?.envelope ?? ''
    await carl.api.call('append', {
      params: { contact: anna.account.id },
      body: { entries: [{ id: theirs?.id ?? '', envelope }] },
    })
    await expect.poll(() => readLines(atAnna, carl.account), PATIENCE).toEqual(['unreadable: no_exchange'])
    expect(await readTexts(atAnna, ben)).toEqual(['hello', 'hi'])
  })

  test('keeps a message that the server plays back in the same conversation', async () => {
    await meet()
    const page = await anna.api.call('pull', { params: { contact: ben.account.id }, query: { after: 0 } })
    const hi = page.entries.at(-1)
    if (!hi) throw new Error('the log is empty')
    anna.browser.isOffline = true
    const again = { ...hi, seq: page.head + 1 }
    const replay = { contact: ben.account.id, after: page.head, entries: [again], head: again.seq }
    expect(await receivePage(atAnna.open, replay)).toBe('applied')
    expect(await readTexts(atAnna, ben)).toEqual(['hello', 'hi'])
    expect(await linesOfAnna()).toContain('unreadable: replay')
  })

  test('keeps a message that is played back in the page that brings it', async () => {
    await meet()
    anna.browser.isOffline = true
    await write(atBen, anna.account, 'late')
    const after = (await atAnna.open.database.logs.get(ben.account.id))?.state.seq ?? 0
    const pull = () => ben.api.call('pull', { params: { contact: anna.account.id }, query: { after } })
    await expect.poll(async () => (await pull()).entries.length, PATIENCE).toBe(1)
    const [late] = (await pull()).entries
    if (!late) throw new Error('the log has no new entry')
    const entries = [late, { ...late, seq: late.seq + 1 }]
    const page = { contact: ben.account.id, after, entries, head: late.seq + 1 }
    expect(await receivePage(atAnna.open, page)).toBe('applied')
    expect(await readTexts(atAnna, ben)).toEqual(['hello', 'hi', 'late'])
  })

  test('frees the number of a seal when the log shows the entry as it was sealed earlier', async () => {
    await meet()
    anna.browser.isOffline = true
    await write(atAnna, ben.account, 'sealed twice')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(1)
    const { messages, outbox, counters } = atAnna.open.database
    const [row] = await outbox.toArray()
    if (!row) throw new Error('nothing is queued')
    anna.browser.closeTabs()
    anna.browser.isOffline = false
    const { id, envelope } = row
    await anna.api.call('append', {
      params: { contact: ben.account.id },
      body: { entries: [{ id, envelope }] },
    })
    anna.browser.isOffline = true
    const database = await openDatabase(anna.account.id)
    await database.transaction('rw', [messages.name, outbox.name, counters.name], () =>
      withdraw(database, [row]),
    )
    database.close()
    atAnna = await anna.browser.openTab(anna.account)
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(2)
    anna.browser.isOffline = false
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    await write(atAnna, ben.account, 'next')
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['hello', 'hi', 'sealed twice', 'next'])
    expect(await linesOfBen()).not.toContain('messages-missing')
  })

  test('reads on from a page that leaves entries out only after pulling them', async () => {
    await meet()
    const { open } = atAnna
    const before = await open.database.logs.get(ben.account.id)
    const seq = before?.state.seq ?? 0
    const { entries } = await anna.api.call('pull', {
      params: { contact: ben.account.id },
      query: { after: 0 },
    })
    const skipping = entries.map((entry) => ({ ...entry, seq: entry.seq + seq + 1 }))
    const page = { contact: ben.account.id, after: seq, entries: skipping, head: 2 * seq + 1 }
    expect(await receivePage(open, page)).toBe('broken')
    expect(await open.database.logs.get(ben.account.id)).toEqual(before)
    await write(atBen, anna.account, 'still here')
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toContain('still here')
  })

  test('names an own message that is played back as one of the contact', async () => {
    await meet()
    const { open } = atAnna
    const seq = (await open.database.logs.get(ben.account.id))?.state.seq ?? 0
    const { entries } = await anna.api.call('pull', {
      params: { contact: ben.account.id },
      query: { after: 0 },
    })
    const own = entries.find(({ sender, envelope }) => sender === anna.account.id && /"msg"/.test(envelope))
    if (!own) throw new Error('anna wrote nothing')
    const playedBack = { ...own, sender: ben.account.id, seq: seq + 1, acceptedAt: Date.now() }
    const page = { contact: ben.account.id, after: seq, entries: [playedBack], head: seq + 1 }
    anna.browser.isOffline = true
    expect(await receivePage(open, page)).toBe('applied')
    expect(await linesOfAnna()).toContain('unreadable: played_back')
  })

  test('says so when the browser of the contact goes back to an older state', async () => {
    await meet()
    const id = freshId()
    const seq = (await atAnna.open.database.logs.get(ben.account.id))?.state.seq ?? 0
    const start = await atBen.open.database.hashes.get([anna.account.id, 0])
    const keySet = [...atBen.open.keySets.values()].at(-1)
    if (!start || !keySet) throw new Error('ben has no keys')
    const content = { kind: 'text', sentAt: 1, n: 2, log: { seq: 0, hash: start.hash }, body: 'old' } as const
    const self = { self: ben.account.id, contact: anna.account.id }
    const envelope = await sealMessage(makeTools(), { keySet, iv: 99n, entryId: id, content, ...self })
    const entry = { seq: seq + 1, id, sender: ben.account.id, acceptedAt: Date.now(), envelope }
    const page = { contact: ben.account.id, after: seq, entries: [entry], head: seq + 1 }
    anna.browser.isOffline = true
    expect(await receivePage(atAnna.open, page)).toBe('applied')
    expect((await linesOfAnna()).slice(-2)).toEqual(['contact-went-back', 'them: old'])
  })
})

/** What a contact, a server or a stranger with the password may try with shared history. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Piece } from '../../pwa/protocol/content.ts'
import { ASK_AGAIN_MS } from '../../pwa/protocol/sharing.ts'
import { declineAsk } from '../../pwa/client/sharing/answer-ask.ts'
import { writeBatch, writeRange, type Batch } from '../../pwa/client/sharing/row-texts.ts'
import { endOfPending } from '../../pwa/client/history/end-of-pending.ts'
import { HELD_WHOLLY } from '../../pwa/client/history/verification.ts'
import { receivePage } from '../../pwa/client/sync/receive-page.ts'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { freshId } from './account-databases.ts'
import { HistoryPair, PATIENCE } from './history-pair.ts'
import { readLines, type Person } from './person.ts'

/** Each group meets two new people, which takes long while much else runs. */
const LONG_MS = 60_000

/** What a changed client puts to the end of its conversation, sealed and sent as everything else. */
async function send(
  tab: AccountDoor,
  { account }: Person,
  row: { kind: 'ask' | 'share'; text: string },
): Promise<string> {
  const { database, nowMs } = tab.open
  const id = freshId()
  const end = await endOfPending(database, { conversation: account.id, sender: tab.open.account.id })
  await database.messages.add({ ...end, ...row, id, at: nowMs() })
  tab.tender.tend(account.id)
  return id
}

/** Since Ben declined. The server's clock stays: sessions would end. */
async function letAnHourPass({ atBen, anna }: HistoryPair): Promise<void> {
  const { conversations } = atBen.open.database
  const share = (await conversations.get(anna.account.id))?.share
  if (share)
    await conversations.update(anna.account.id, {
      share: { ...share, askedAt: share.askedAt - ASK_AGAIN_MS },
    })
}

describe('a contact that lies', { timeout: LONG_MS }, () => {
  let pair: HistoryPair
  let question = ''
  const byText = new Map<string, Piece>()

  beforeAll(async () => {
    pair = await HistoryPair.start()
    await pair.say('anna', 'a1', 'a2')
    await pair.say('ben', 'b1')
    for (const { id, position, sender, text } of await pair.atBen.open.database.messages.toArray())
      byText.set(text, { id, seq: position, by: sender, body: text })
    await pair.wipeAnna()
    await pair.say('anna', 'read')
  }, LONG_MS)
  afterAll(() => pair.end())

  const pieceOf = (text: string, changes: Partial<Piece> = {}): Piece => {
    const piece = byText.get(text)
    if (!piece) throw new Error(`nobody said ${text}`)
    return { ...piece, ...changes }
  }

  /** Ben's client says that his person agreed, and sends what it likes. */
  async function share(batch: Batch): Promise<void> {
    const { database } = pair.atBen.open
    const row = await database.conversations.get(pair.anna.account.id)
    const identity =
      (await database.logs.get(pair.anna.account.id))?.state.identities[pair.anna.account.id] ?? ''
    await database.conversations.update(pair.anna.account.id, {
      share: {
        ...(row?.share ?? { from: 1, to: 1, askedAt: 0, upTo: 0, sent: 0, total: 0 }),
        ask: batch.ask,
        identity,
        state: 'done',
      },
    })
    const id = await send(pair.atBen, pair.anna, { kind: 'share', text: writeBatch(batch) })
    await expect
      .poll(async () => (await pair.atAnna.open.database.messages.get(id))?.kind, PATIENCE)
      .toBe('share')
  }

  const refusedAtAnna = async () =>
    (await pair.atAnna.open.database.conversations.get(pair.ben.account.id))?.asked?.refused

  test('shares nothing that was not asked for', async () => {
    const before = await pair.textsAtAnna()
    await share({ ask: freshId(), rest: 0, pieces: [pieceOf('a1')] })
    await share({ ask: pieceOf('b1').id, rest: 0, pieces: [pieceOf('a1')] })
    expect(await pair.textsAtAnna()).toEqual(before)
  })

  test('gets each contradiction refused, by its name, and changes nothing that was read', async () => {
    question = await pair.ask()
    const before = await pair.textsAtAnna()
    const read = (await pair.atAnna.open.database.messages.toArray()).find(({ text }) => text === 'read')
    if (!read) throw new Error('nothing was read')
    await share({
      ask: question,
      rest: 10 ** 15,
      pieces: [
        pieceOf('a1', { by: pair.ben.account.id }),
        pieceOf('b1', { by: pair.anna.account.id }),
        pieceOf('a2', { seq: pieceOf('a1').seq }),
        pieceOf('a2', { id: freshId() }),
        { id: read.id, seq: read.position, by: read.sender, body: 'never written' },
      ],
    })
    await expect.poll(refusedAtAnna, PATIENCE).toEqual({
      wrong_author: 2,
      wrong_seq: 1,
      unknown_entry: 1,
      not_asked: 1,
    })
    expect(await pair.textsAtAnna()).toEqual(before)
  })

  test('is not believed in how much is to come', async () => {
    expect((await pair.sharingAtAnna())?.total).toBeLessThan(20)
  })

  test('can put words into nobody’s mouth but under its own name', async () => {
    await share({ ask: question, rest: 1, pieces: [pieceOf('a1', { body: 'a lie' })] })
    const items = await pair.itemsAtAnna()
    expect(items[0]).toMatchObject({ kind: 'message', isMine: true, text: 'a lie', isShared: true })
  })

  test('has the first word only: what comes twice or otherwise changes nothing', async () => {
    await share({ ask: question, rest: 1, pieces: [pieceOf('b1'), pieceOf('b1')] })
    await share({
      ask: question,
      rest: 0,
      pieces: [pieceOf('b1'), pieceOf('a1'), pieceOf('b1', { body: null })],
    })
    expect((await pair.textsAtAnna()).filter((line) => line === 'ben: b1')).toHaveLength(1)
    expect(await pair.textsAtAnna()).toContain('anna: a')
    expect(await refusedAtAnna()).toMatchObject({ other_text: 2 })
  })
})

describe('somebody who asks', { timeout: LONG_MS }, () => {
  let pair: HistoryPair

  beforeAll(async () => {
    pair = await HistoryPair.start()
    await pair.say('anna', 'a1')
    await pair.say('ben', 'b1')
    await pair.wipeAnna()
  }, LONG_MS)
  afterAll(() => pair.end())

  const questionsAtBen = async () =>
    (await readLines(pair.atBen, pair.anna.account)).filter((line) => line === 'history-asked').length

  async function askAgain(): Promise<void> {
    const id = await send(pair.atAnna, pair.ben, { kind: 'ask', text: writeRange({ from: 1, to: 9 }) })
    await expect.poll(async () => await pair.atBen.open.database.messages.get(id), PATIENCE).toBeDefined()
  }

  test('makes one line and one question of it, however often it is asked', async () => {
    await pair.ask()
    for (let times = 0; times < 10; times += 1) await askAgain()
    expect(await questionsAtBen()).toBe(1)
  })

  test('is passed over for an hour once the person declined', async () => {
    await declineAsk(pair.atBen.open, pair.anna.account.id, (await pair.sharingAtBen())?.ask ?? '')
    for (let times = 0; times < 5; times += 1) await askAgain()
    expect(await pair.sharingAtBen()).toBeNull()
    expect(await questionsAtBen()).toBe(1)
    await letAnHourPass(pair)
    await askAgain()
    await expect.poll(pair.sharingAtBen, PATIENCE).toMatchObject({ state: 'asked' })
    expect(await questionsAtBen()).toBe(2)
  })

  test('gets nothing where the person agreed to another question', async () => {
    const before = (await pair.sharingAtBen())?.ask ?? ''
    await askAgain()
    await expect.poll(async () => (await pair.sharingAtBen())?.ask, PATIENCE).not.toBe(before)
    await pair.consent(before)
    await pair.say('ben', 'b2')
    expect(pair.sealedBatches()).toEqual([])
  })

  test('gets nothing before the person has looked at the key of a contact that was verified', async () => {
    const { conversations } = pair.atBen.open.database
    const question = (await pair.sharingAtBen())?.ask ?? ''
    await conversations.update(pair.anna.account.id, { heldUpTo: HELD_WHOLLY })
    expect(await pair.sharingAtBen()).toBeNull()
    await pair.consent(question)
    await pair.say('anna', 'a3')
    expect(pair.sealedBatches()).toEqual([])
  })

  test('gets nothing under another identity key than the one that was agreed to', async () => {
    const exchange = async () =>
      (await pair.atBen.open.database.logs.get(pair.anna.account.id))?.sealing?.exchange
    const agreedTo = await exchange()
    await pair.wipeAnna()
    await pair.say('anna', 'a4')
    await expect.poll(exchange, PATIENCE).not.toBe(agreedTo)
    await pair.atBen.open.database.conversations.update(pair.anna.account.id, { heldUpTo: null })
    pair.atBen.tender.tend(pair.anna.account.id)
    await pair.say('ben', 'b3')
    expect(pair.sealedBatches().filter((one) => one !== agreedTo)).toEqual([])
    expect((await pair.batchesAtBen()).filter(({ seal }) => !seal)).toEqual([])
    expect((await pair.textsAtAnna()).filter((line) => line === 'anna: a1')).toEqual([])
  })
})

describe('a server that repeats', { timeout: LONG_MS }, () => {
  let pair: HistoryPair

  beforeAll(async () => {
    pair = await HistoryPair.start()
    await pair.say('anna', 'a1')
    await pair.wipeAnna()
  }, LONG_MS)
  afterAll(() => pair.end())

  /** The log as the server has it, and its first entry of this id once more at the end. */
  async function repeat(tab: AccountDoor, contact: Person, id: string) {
    const { api, database } = tab.open
    const all = await api.call('pull', { params: { contact: contact.account.id }, query: { after: 0 } })
    const log = await database.logs.get(contact.account.id)
    const entry = all.entries.find((one) => one.id === id)
    if (!log || !entry) throw new Error('no such entry')
    const { seq } = log.state
    const acceptedAt = Math.max(entry.acceptedAt, all.entries.at(-1)?.acceptedAt ?? 0)
    const entries = [{ ...entry, seq: seq + 1, acceptedAt }]
    return receivePage(tab.open, { contact: contact.account.id, after: seq, head: seq + 1, entries })
  }

  test('a question gets it refused as a replay, and asks nothing', async () => {
    const question = await pair.ask()
    await declineAsk(pair.atBen.open, pair.anna.account.id, question)
    await letAnHourPass(pair)
    await expect.poll(() => repeat(pair.atBen, pair.anna, question), PATIENCE).toBe('applied')
    expect(await readLines(pair.atBen, pair.anna.account)).toContain('unreadable: replay')
    expect(await pair.sharingAtBen()).toBeNull()
  })
})

describe('a contact that is gone', { timeout: LONG_MS }, () => {
  let pair: HistoryPair

  beforeAll(async () => {
    pair = await HistoryPair.start()
    await pair.say('anna', 'a1')
    await pair.wipeAnna()
  }, LONG_MS)
  afterAll(() => pair.end())

  test('ends the sharing, and nothing of it stands in the way', async () => {
    const question = await pair.ask()
    await pair.anna.api.call('deleteAccount', { body: { username: pair.anna.account.username } })
    await pair.consent(question)
    const share = async () =>
      (await pair.atBen.open.database.conversations.get(pair.anna.account.id))?.share?.state
    await expect
      .poll(() => {
        pair.atBen.tender.tend(pair.anna.account.id)
        return share()
      }, PATIENCE)
      .toBe('ended')
    expect(await pair.batchesAtBen()).toEqual([])
    expect(await pair.atBen.open.database.outbox.count()).toBe(0)
  })
})

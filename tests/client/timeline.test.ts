import { beforeEach, describe, expect, test } from 'vitest'
import { newOutboxRow } from '../../pwa/client/history/counters.ts'
import { PENDING_POSITION, type AccountDatabase, type MessageRow } from '../../pwa/client/history/database.ts'
import { readSummaries, readTimeline } from '../../pwa/client/history/timeline.ts'
import { freshAccountId, freshId, openDatabase } from './account-databases.ts'

const SELF = 1
const CONTACT = 7
const seal = { exchange: 'held', keys: 'keys', iv: 1n, n: 1 }

let database: AccountDatabase

beforeEach(async () => {
  database = await openDatabase(freshAccountId())
  await addConversation(CONTACT)
  return () => database.close()
})

const reader = () => ({ database, self: SELF, heldExchanges: new Set(['held']) })

async function addConversation(conversation: number, readPosition = 0, contactApplied = 0): Promise<void> {
  await database.conversations.put({
    conversation,
    username: `user${conversation}`,
    contactApplied,
    readPosition,
    heldUpTo: null,
  })
}

async function put(position: number, row: Partial<MessageRow> = {}): Promise<string> {
  const id = freshId()
  await database.messages.put({
    id,
    conversation: CONTACT,
    position,
    kind: 'text',
    sender: CONTACT,
    at: position,
    text: `text ${position}`,
    seal,
    ...row,
  })
  return id
}

async function queue(id: string, storedSeq: number | null): Promise<void> {
  const row = await newOutboxRow(database, {
    id,
    conversation: CONTACT,
    kind: 'message',
    envelope: '{}',
    exchange: 'held',
    seal,
    next: null,
    notAfter: null,
  })
  await database.outbox.put({ ...row, storedSeq })
}

const stateOfOwn = async (): Promise<unknown> => {
  const [item] = (await readTimeline(reader(), CONTACT, 10)).items
  return item?.kind === 'message' ? item.state : item
}

describe('readTimeline', () => {
  test('gives the newest items, oldest first, and says whether there are older ones', async () => {
    for (const position of [3, 1, 2]) await put(position)
    const newest = await readTimeline(reader(), CONTACT, 2)
    expect(newest.items.map(({ at }) => at)).toEqual([2, 3])
    expect(newest.hasOlder).toBe(true)
    const all = await readTimeline(reader(), CONTACT, 3)
    expect(all.items.map(({ at }) => at)).toEqual([1, 2, 3])
    expect(all.hasOlder).toBe(false)
  })

  test('puts what is pending below what the log has decided, and notices before their entry', async () => {
    await put(PENDING_POSITION + 1, { sender: SELF, text: 'pending' })
    await put(9, { text: 'newest' })
    await put(8.5, { kind: 'notice', text: 'keys-changed' })
    const { items } = await readTimeline(reader(), CONTACT, 10)
    expect(items).toMatchObject([
      { kind: 'notice', notice: 'keys-changed' },
      { kind: 'message', text: 'newest' },
      { kind: 'message', text: 'pending' },
    ])
  })

  test('shows one conversation only', async () => {
    await put(1, { conversation: CONTACT + 1 })
    await put(1, { conversation: CONTACT - 1 })
    expect((await readTimeline(reader(), CONTACT, 10)).items).toEqual([])
  })

  test('an own message waits while no key has sealed it', async () => {
    await put(PENDING_POSITION + 1, { sender: SELF, seal: null })
    expect(await stateOfOwn()).toBe('waiting')
  })

  test('is queued while the server has not acknowledged it', async () => {
    await queue(await put(PENDING_POSITION + 1, { sender: SELF }), null)
    expect(await stateOfOwn()).toBe('queued')
  })

  test('is sent when the server has acknowledged it, and when the log shows it', async () => {
    await queue(await put(PENDING_POSITION + 1, { sender: SELF }), 4)
    expect(await stateOfOwn()).toBe('sent')
    await database.messages.clear()
    await put(4, { sender: SELF })
    expect(await stateOfOwn()).toBe('sent')
  })

  test("is delivered when the contact's browser has applied the log as far", async () => {
    await put(4, { sender: SELF })
    await addConversation(CONTACT, 0, 3)
    expect(await stateOfOwn()).toBe('sent')
    await addConversation(CONTACT, 0, 4)
    expect(await stateOfOwn()).toBe('delivered')
  })

  test('marks messages whose keys are gone', async () => {
    await put(1, { seal: { ...seal, exchange: 'lost' } })
    await put(2)
    const { items } = await readTimeline(reader(), CONTACT, 10)
    expect(items).toMatchObject([{ isKeyGone: true }, { isKeyGone: false }])
  })

  test('shows what cannot be read with its reason, and a kind of a newer version as such', async () => {
    await put(1, { kind: 'unreadable', text: 'mac' })
    await put(2, { kind: 'unknown', text: '' })
    const { items } = await readTimeline(reader(), CONTACT, 10)
    expect(items).toMatchObject([
      { kind: 'unreadable', reason: 'mac', isMine: false },
      { kind: 'unreadable', reason: 'newer_version', isMine: false },
    ])
  })
})

describe('readSummaries', () => {
  test('puts the conversation with the newest item first', async () => {
    await addConversation(8)
    await addConversation(9)
    await put(1, { at: 10 })
    await put(1, { conversation: 9, at: 20 })
    const summaries = await readSummaries(reader())
    expect(summaries.map(({ contact }) => contact.id)).toEqual([9, CONTACT, 8])
    expect(summaries.at(-1)?.last).toBeNull()
  })

  test("counts the contact's messages behind what was read, and nothing else", async () => {
    await addConversation(CONTACT, 2)
    await put(1)
    await put(2)
    await put(3)
    await put(4, { kind: 'unreadable', text: 'mac' })
    await put(4.5, { kind: 'notice', text: 'keys-changed' })
    await put(5, { sender: SELF })
    await put(PENDING_POSITION + 1, { sender: SELF })
    expect(await readSummaries(reader())).toMatchObject([{ unreadCount: 2 }])
  })

  test('tells who is online', async () => {
    await addConversation(8)
    await database.meta.put({ name: 'connection', connection: 'connected', online: { 8: 1 } })
    const summaries = await readSummaries(reader())
    const online = summaries.filter((one) => one.isContactOnline).map(({ contact }) => contact.id)
    expect(online).toEqual([8])
  })
})

import { afterEach, describe, expect, test } from 'vitest'
import {
  commitChange,
  commitMessage,
  raiseCounter,
  reserveIv,
  type SealedChange,
  type SealedMessage,
} from '../../pwa/client/history/counters.ts'
import {
  PENDING_POSITION,
  outboxOf,
  type AccountDatabase,
  type SealingKeys,
} from '../../pwa/client/history/database.ts'
import { withdraw } from '../../pwa/client/history/withdraw.ts'
import { emptyLog } from '../../pwa/protocol/log-state.ts'
import { makeTools } from '../protocol/two-parties.ts'
import { freshAccountId, freshId, openDatabase } from './account-databases.ts'

const CONTACT = 7
const opened: AccountDatabase[] = []

afterEach(() => {
  for (const database of opened.splice(0)) database.close()
})

async function open(account = freshAccountId()): Promise<AccountDatabase> {
  const database = await openDatabase(account)
  opened.push(database)
  return database
}

/** A conversation that seals under a key set of epoch 1. */
async function openSealing(): Promise<{ database: AccountDatabase; sealing: SealingKeys }> {
  const account = freshAccountId()
  const database = await open(account)
  const sealing = { exchange: freshId(), keys: freshId(), epoch: 1 }
  const state = await emptyLog(makeTools(), CONTACT, Math.max(account, CONTACT + 1))
  await database.logs.put({ conversation: CONTACT, state, sealing, announced: sealing })
  return { database, sealing }
}

async function keep(database: AccountDatabase): Promise<string> {
  const id = freshId()
  const position = PENDING_POSITION + (await database.messages.count()) + 1
  await database.messages.put({
    id,
    conversation: CONTACT,
    position,
    kind: 'text',
    sender: 1,
    at: 0,
    text: 'hello',
    seal: null,
  })
  return id
}

/** A message sealed under the reserved IV, as `commitMessage` takes it. */
async function sealNext(
  database: AccountDatabase,
  { exchange, keys }: SealingKeys,
  logSeq = 0,
): Promise<SealedMessage> {
  const id = await keep(database)
  const { iv, n } = await reserveIv(database, CONTACT, keys)
  return { id, conversation: CONTACT, envelope: `sealed ${iv}`, seal: { exchange, keys, iv, n }, logSeq }
}

async function commitNext(database: AccountDatabase, sealing: SealingKeys): Promise<SealedMessage> {
  const sealed = await sealNext(database, sealing)
  expect(await commitMessage(database, sealed)).toBe(true)
  return sealed
}

/** What must be as before after a refusal: nothing of the message has been committed. */
async function expectNothingCommitted(database: AccountDatabase, sealed: SealedMessage): Promise<void> {
  expect((await database.messages.get(sealed.id))?.seal ?? null).toBeNull()
  expect(await database.outbox.get(sealed.id)).toBeUndefined()
}

describe('reserveIv', () => {
  test('gives a hundred parallel calls on four connections a hundred IVs', async () => {
    const account = freshAccountId()
    const tabs = await Promise.all([open(account), open(account), open(account), open(account)])
    const keys = freshId()
    const calls = Array.from({ length: 25 }, () => tabs.map((tab) => reserveIv(tab, CONTACT, keys))).flat()
    const ivs = (await Promise.all(calls)).map(({ iv }) => iv)
    expect(new Set(ivs).size).toBe(100)
    expect(ivs.toSorted((a, b) => Number(a - b)).at(-1)).toBe(100n)
  })

  test('counts from 1 under each key set', async () => {
    const database = await open()
    expect((await reserveIv(database, CONTACT, freshId())).iv).toBe(1n)
    expect((await reserveIv(database, CONTACT, freshId())).iv).toBe(1n)
  })

  test('never gives an IV back that was reserved and not used', async () => {
    const { database, sealing } = await openSealing()
    await reserveIv(database, CONTACT, sealing.keys)
    expect(await reserveIv(database, CONTACT, sealing.keys)).toEqual({ iv: 2n, n: 1 })
  })

  test('stays above the IVs in the outbox when the counter was lost', async () => {
    const { database, sealing } = await openSealing()
    await commitNext(database, sealing)
    await commitNext(database, sealing)
    await database.counters.clear()
    expect((await reserveIv(database, CONTACT, sealing.keys)).iv).toBe(3n)
  })

  test('stays above what the log and the server have shown', async () => {
    const database = await open()
    const keys = freshId()
    await raiseCounter(database, CONTACT, keys, { iv: 41n, n: 12 })
    await raiseCounter(database, CONTACT, keys, { iv: 3n, n: 1 })
    expect(await reserveIv(database, CONTACT, keys)).toEqual({ iv: 42n, n: 13 })
  })

  test('goes on beyond what a number of JavaScript can count', async () => {
    const database = await open()
    const keys = freshId()
    await raiseCounter(database, CONTACT, keys, { iv: 2n ** 64n })
    expect((await reserveIv(database, CONTACT, keys)).iv).toBe(2n ** 64n + 1n)
  })
})

describe('commitMessage', () => {
  test('commits message, number and outbox row together', async () => {
    const { database, sealing } = await openSealing()
    const sealed = await commitNext(database, sealing)
    expect((await database.messages.get(sealed.id))?.seal).toEqual(sealed.seal)
    expect(await outboxOf(database, CONTACT)).toMatchObject([
      { id: sealed.id, order: 1, kind: 'message', envelope: sealed.envelope, storedSeq: null, refused: null },
    ])
    expect(await database.counters.get(sealing.keys)).toMatchObject({ committedIv: 1n, n: 1 })
  })

  test('refuses when another key set is the one to seal under', async () => {
    const { database, sealing } = await openSealing()
    const sealed = await sealNext(database, sealing)
    await database.logs.update(CONTACT, { sealing: { ...sealing, keys: freshId(), epoch: 2 } })
    expect(await commitMessage(database, sealed)).toBe(false)
    await expectNothingCommitted(database, sealed)
  })

  test('refuses when no key set is to be sealed under', async () => {
    const { database, sealing } = await openSealing()
    const sealed = await sealNext(database, sealing)
    await database.logs.update(CONTACT, { sealing: null })
    expect(await commitMessage(database, sealed)).toBe(false)
    await expectNothingCommitted(database, sealed)
  })

  test('refuses an IV that is not above every committed one', async () => {
    const { database, sealing } = await openSealing()
    const { iv } = await reserveIv(database, CONTACT, sealing.keys)
    const overtaking = await commitNext(database, sealing)
    const seal = { ...overtaking.seal, iv, n: 2 }
    const overtaken = { ...overtaking, id: await keep(database), seal }
    expect(await commitMessage(database, overtaken)).toBe(false)
    const repeated = { ...overtaken, seal: { ...seal, iv: overtaking.seal.iv } }
    expect(await commitMessage(database, repeated)).toBe(false)
    await expectNothingCommitted(database, overtaken)
  })

  test('refuses a number that is not the next one', async () => {
    const { database, sealing } = await openSealing()
    const first = await sealNext(database, sealing)
    const second = await sealNext(database, sealing)
    expect(await commitMessage(database, first)).toBe(true)
    expect(await commitMessage(database, second)).toBe(false)
    expect(await commitMessage(database, { ...second, seal: { ...second.seal, n: 3 } })).toBe(false)
    await expectNothingCommitted(database, second)
  })

  test('refuses a log position below that of the last committed message', async () => {
    const { database, sealing } = await openSealing()
    expect(await commitMessage(database, await sealNext(database, sealing, 9))).toBe(true)
    const falling = await sealNext(database, sealing, 8)
    expect(await commitMessage(database, falling)).toBe(false)
    await expectNothingCommitted(database, falling)
  })

  test('refuses a message that was sealed elsewhere in the meantime', async () => {
    const { database, sealing } = await openSealing()
    const sealed = await commitNext(database, sealing)
    const { iv, n } = await reserveIv(database, CONTACT, sealing.keys)
    const again = { ...sealed, envelope: 'sealed twice', seal: { ...sealed.seal, iv, n } }
    expect(await commitMessage(database, again)).toBe(false)
    expect((await database.outbox.get(sealed.id))?.envelope).toBe(sealed.envelope)
  })

  test('refuses a message before which another one waits again', async () => {
    const { database, sealing } = await openSealing()
    const first = await commitNext(database, sealing)
    const { iv, n } = await reserveIv(database, CONTACT, sealing.keys)
    const second = { ...first, id: await keep(database), seal: { ...first.seal, iv, n: n - 1 } }
    const { messages, outbox, counters } = database
    await database.transaction('rw', [messages, outbox, counters], async () =>
      withdraw(database, await outboxOf(database, CONTACT)),
    )
    expect(await commitMessage(database, second)).toBe(false)
    await expectNothingCommitted(database, second)
  })

  test('refuses a message that is gone, and an IV that nobody reserved', async () => {
    const { database, sealing } = await openSealing()
    const sealed = await sealNext(database, sealing)
    await database.messages.delete(sealed.id)
    expect(await commitMessage(database, sealed)).toBe(false)
    const kept = await sealNext(database, sealing)
    await database.counters.clear()
    expect(await commitMessage(database, kept)).toBe(false)
    expect(await database.outbox.count()).toBe(0)
  })

  test('puts messages behind one another in the outbox', async () => {
    const { database, sealing } = await openSealing()
    const sent = [await commitNext(database, sealing), await commitNext(database, sealing)]
    const third = await commitNext(database, sealing)
    const rows = await outboxOf(database, CONTACT)
    expect(rows.map((row) => row.id)).toEqual([...sent, third].map(({ id }) => id))
    expect(rows.map((row) => row.order)).toEqual([1, 2, 3])
  })
})

describe('withdraw', () => {
  test('frees the numbers of the messages, but never their IVs', async () => {
    const { database, sealing } = await openSealing()
    await commitNext(database, sealing)
    await commitNext(database, sealing)
    await commitNext(database, sealing)
    const { messages, outbox, counters } = database
    await database.transaction('rw', [messages, outbox, counters], async () =>
      withdraw(database, (await outboxOf(database, CONTACT)).slice(1)),
    )
    expect(await outbox.count()).toBe(1)
    expect(await messages.filter((row) => row.seal === null).count()).toBe(2)
    expect(await reserveIv(database, CONTACT, sealing.keys)).toEqual({ iv: 4n, n: 2 })
  })
})

describe('commitChange', () => {
  async function makeChange(database: AccountDatabase, from: SealingKeys): Promise<SealedChange> {
    const lastIv = (await database.counters.get(from.keys))?.committedIv ?? 0n
    const next = { exchange: from.exchange, keys: freshId(), epoch: from.epoch + 1 }
    return { id: freshId(), conversation: CONTACT, envelope: 'change', from, lastIv, next }
  }

  test('switches to the next key set behind what is queued', async () => {
    const { database, sealing } = await openSealing()
    const message = await commitNext(database, sealing)
    const change = await makeChange(database, sealing)
    expect(await commitChange(database, change)).toBe(true)
    expect((await database.logs.get(CONTACT))?.sealing).toEqual(change.next)
    expect((await outboxOf(database, CONTACT)).map((row) => row.id)).toEqual([message.id, change.id])
    expect(await reserveIv(database, CONTACT, change.next.keys)).toEqual({ iv: 1n, n: 1 })
  })

  test('lets only one of two switch from the same key set', async () => {
    const { database, sealing } = await openSealing()
    const changes = [await makeChange(database, sealing), await makeChange(database, sealing)] as const
    const switched = await Promise.all(changes.map((change) => commitChange(database, change)))
    expect(switched.filter(Boolean)).toHaveLength(1)
    expect(await database.outbox.count()).toBe(1)
  })

  test('refuses when a message was committed since', async () => {
    const { database, sealing } = await openSealing()
    const change = await makeChange(database, sealing)
    await commitNext(database, sealing)
    expect(await commitChange(database, change)).toBe(false)
    expect((await database.logs.get(CONTACT))?.sealing).toEqual(sealing)
  })

  test('makes a message refused that was sealed before the switch', async () => {
    const { database, sealing } = await openSealing()
    const sealed = await sealNext(database, sealing)
    expect(await commitChange(database, await makeChange(database, sealing))).toBe(true)
    expect(await commitMessage(database, sealed)).toBe(false)
  })

  test('notes the key set as begun in this run', async () => {
    const { database, sealing } = await openSealing()
    await database.meta.put({
      name: 'run',
      install: freshId(),
      tokens: [],
      state: 'unverified',
      begunKeySets: [],
    })
    const change = await makeChange(database, sealing)
    await commitChange(database, change)
    expect(await database.meta.get('run')).toMatchObject({ begunKeySets: [change.next.keys] })
  })
})

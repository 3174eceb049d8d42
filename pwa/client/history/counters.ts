/**
 * Where IVs come from. [Note: Never the same IV twice]
 *
 * A counter in localStorage repeats values between tabs even under a Web Lock, and loses up to a minute of writes when the
 * browser is killed. A strict read-write transaction of IndexedDB did neither in any measurement. So an IV is reserved here,
 * committed before anything is encrypted under it, and never given back; the envelope is committed in a second
 * transaction that checks that nothing moved in between. Locks elsewhere only save work: safety is in these two transactions.
 */
import {
  outboxOf,
  type AccountDatabase,
  type CounterRow,
  type OutboxRow,
  type SealingKeys,
  type SealRecord,
} from './database.ts'
import { nextToSeal } from './next-to-seal.ts'

const newCounter = (conversation: number, keys: string): CounterRow => ({
  keys,
  conversation,
  iv: 0n,
  committedIv: 0n,
  n: 0,
  logSeq: 0,
})

/** Reserves the next IV of a key set and reads the number that the next message would have. */
export function reserveIv(
  database: AccountDatabase,
  conversation: number,
  keys: string,
): Promise<{ iv: bigint; n: number }> {
  return database.transaction('rw', [database.counters, database.outbox], async () => {
    const counter = (await database.counters.get(keys)) ?? newCounter(conversation, keys)
    const queued = (await outboxOf(database, conversation)).map((row) =>
      row.seal?.keys === keys ? row.seal.iv : 0n,
    )
    const iv = highest([counter.iv, ...queued]) + 1n
    await database.counters.put({ ...counter, iv })
    return { iv, n: counter.n + 1 }
  })
}

/** Raises a counter to an IV that the log or the server has shown; it never falls. */
export async function raiseCounter(
  database: AccountDatabase,
  conversation: number,
  keys: string,
  seen: { iv: bigint; n?: number },
): Promise<void> {
  const counter = (await database.counters.get(keys)) ?? newCounter(conversation, keys)
  await database.counters.put({
    ...counter,
    iv: highest([counter.iv, seen.iv]),
    n: Math.max(counter.n, seen.n ?? 0),
  })
}

/** Notes that another browser of this account uses a key set: no run of this one seals under it any more. */
export async function noteUsedElsewhere(
  database: AccountDatabase,
  conversation: number,
  keys: string,
): Promise<void> {
  const counter = (await database.counters.get(keys)) ?? newCounter(conversation, keys)
  await database.counters.put({ ...counter, isUsedElsewhere: true })
}

export interface SealedMessage {
  readonly id: string
  readonly conversation: number
  readonly envelope: string
  readonly seal: SealRecord
  /** The position of the log that the message refers to. */
  readonly logSeq: number
}

/**
 * Commits a sealed message to history and outbox. Returns false when something moved since the IV was reserved (other keys,
 * a higher IV, another `n`, a log position that fell, the message was sealed elsewhere, or one before it waits again): then
 * reserve again.
 */
export function commitMessage(database: AccountDatabase, sealed: SealedMessage): Promise<boolean> {
  const { messages, outbox, counters, logs, conversations } = database
  return database.transaction('rw', [messages, outbox, counters, logs, conversations], async () => {
    const { seal } = sealed
    const next = await nextToSeal(database, sealed.conversation)
    const log = await logs.get(sealed.conversation)
    const counter = await counters.get(seal.keys)
    if (!counter || next?.id !== sealed.id) return false
    if (log?.sealing?.keys !== seal.keys) return false
    if (seal.iv <= counter.committedIv || seal.n !== counter.n + 1) return false
    if (sealed.logSeq < counter.logSeq) return false
    await counters.put({ ...counter, committedIv: seal.iv, n: seal.n, logSeq: sealed.logSeq })
    await messages.update(sealed.id, { seal })
    await outbox.put(
      await newOutboxRow(database, {
        id: sealed.id,
        conversation: sealed.conversation,
        kind: 'message',
        envelope: sealed.envelope,
        exchange: seal.exchange,
        seal: { keys: seal.keys, iv: seal.iv, n: seal.n },
        next: null,
        notAfter: null,
      }),
    )
    return true
  })
}

export interface SealedChange {
  readonly id: string
  readonly conversation: number
  readonly envelope: string
  readonly from: SealingKeys
  /** The `IV` that the change announces: the highest committed one. */
  readonly lastIv: bigint
  readonly next: SealingKeys
}

/** Commits a refresh and switches to its key set. Returns false when something moved since it was made. */
export function commitChange(database: AccountDatabase, change: SealedChange): Promise<boolean> {
  const { outbox, counters, logs, meta } = database
  return database.transaction('rw', [outbox, counters, logs, meta], async () => {
    const log = await logs.get(change.conversation)
    const counter = await counters.get(change.from.keys)
    if (!log || log.sealing?.keys !== change.from.keys) return false
    if ((counter?.committedIv ?? 0n) !== change.lastIv) return false
    await logs.update(change.conversation, { sealing: change.next })
    await counters.put(newCounter(change.conversation, change.next.keys))
    await noteBegun(database, change.next.keys)
    await outbox.put(
      await newOutboxRow(database, {
        id: change.id,
        conversation: change.conversation,
        kind: 'change',
        envelope: change.envelope,
        exchange: change.from.exchange,
        seal: null,
        next: change.next,
        notAfter: null,
      }),
    )
    return true
  })
}

/** Notes that a key set was begun in this run: nobody else can have sealed under it. */
export async function noteBegun(database: AccountDatabase, keys: string): Promise<void> {
  const run = await database.meta.get('run')
  if (run?.name !== 'run' || run.begunKeySets.includes(keys)) return
  await database.meta.put({
    ...run,
    begunKeySets: [...run.begunKeySets, keys],
    ...(run.begunSinceLoss && { begunSinceLoss: [...run.begunSinceLoss, keys] }),
  })
}

/** A row at the end of a conversation's outbox. Call it inside the transaction that puts it. */
export async function newOutboxRow(
  database: AccountDatabase,
  row: Omit<OutboxRow, 'order' | 'storedSeq' | 'refused'>,
): Promise<OutboxRow> {
  const last = (await outboxOf(database, row.conversation)).at(-1)
  return { ...row, order: (last?.order ?? 0) + 1, storedSeq: null, refused: null }
}

export const highest = (values: readonly bigint[]): bigint =>
  values.reduce((most, value) => (value > most ? value : most), 0n)

/**
 * What the database knows of an append while it is under way. A message is marked before its first byte leaves, in the same
 * transaction that chooses it: so nobody takes back what is being sent, and after a crash it is known what may be stored.
 */
import { APPEND_MOST_BYTES, APPEND_MOST_ENTRIES, type AppendAnswer } from '../../../server/wire/log.ts'
import { isUnsent, outboxOf, type AccountDatabase, type OutboxRow } from '../history/database.ts'
import type { Decision } from './judge-outcome.ts'

interface Choosing {
  readonly database: AccountDatabase
  readonly nowMs: () => number
  readonly mayJudgeStale: boolean
}

/** Rows that leave together. */
export interface Batch {
  readonly rows: readonly OutboxRow[]
  /** Those of them that have not left before. */
  readonly freshIds: readonly string[]
  /** There are rows that cannot be sent as they are. */
  readonly isMoreLeft: boolean
}

/** Whether rows leave together. What may be stored already goes alone first: where many got no answer, one may. */
export type Together = 'always' | 'unless-doubtful' | 'never'

/** Chooses the next rows of a conversation and marks their messages as being sent. */
export function beginAppend(parts: Choosing, conversation: number, together: Together): Promise<Batch> {
  const { messages, outbox } = parts.database
  return parts.database.transaction('rw', [messages, outbox], async () => {
    const unsent = (await outboxOf(parts.database, conversation)).filter(isUnsent)
    const run = nextRun(unsent, parts)
    const front = run[0] && (await messages.get(run[0].id))
    const isAlone = together === 'never' || (together === 'unless-doubtful' && front?.append === 'unknown')
    const rows = isAlone ? run.slice(0, 1) : run
    const fresh = await messages
      .where('id')
      .anyOf(rows.map(({ id }) => id))
      .and(({ append }) => append === undefined)
      .primaryKeys()
    for (const { id } of rows) await messages.update(id, { append: 'sending' })
    return { rows, freshIds: fresh, isMoreLeft: unsent.length > rows.length }
  })
}

/** The longest run of rows from the front that may be sent together. */
function nextRun(unsent: readonly OutboxRow[], { mayJudgeStale, nowMs }: Choosing): readonly OutboxRow[] {
  const blocked = unsent.findIndex(
    (row) => isRefused(row) || (row.notAfter !== null && (!mayJudgeStale || nowMs() > row.notAfter)),
  )
  const sendable = unsent.slice(0, blocked === -1 ? undefined : blocked).slice(0, APPEND_MOST_ENTRIES)
  let sizeBytes = 0
  const tooLarge = sendable.findIndex((row) => (sizeBytes += row.envelope.length) > APPEND_MOST_BYTES)
  return tooLarge === -1 ? sendable : sendable.slice(0, tooLarge)
}

const isRefused = (row: OutboxRow): boolean => row.refused !== null || row.parked !== undefined

/**
 * Notes how an append ended: where `stored` rows stand, and of the others that they may be stored all the same, or, when
 * the answer excludes that, that they have not left if they had not left before.
 */
export function endAppend(
  database: AccountDatabase,
  { rows, freshIds }: Batch,
  mayBeStored: boolean,
  stored: AppendAnswer['stored'] = [],
): Promise<void> {
  const { messages, outbox } = database
  return database.transaction('rw', [messages, outbox], async () => {
    const seqs = new Map(stored.map(({ id, seq }) => [id, seq]))
    for (const { id } of rows) {
      const storedSeq = seqs.get(id)
      if (storedSeq !== undefined) await outbox.update(id, { storedSeq })
      const isClear = storedSeq !== undefined || (!mayBeStored && freshIds.includes(id))
      await messages.update(id, { append: isClear ? undefined : 'unknown' })
    }
  })
}

/** Notes on a row of a batch what was decided about it. */
export async function noteRefusal(
  { outbox }: AccountDatabase,
  { rows }: Batch,
  id: string | undefined,
  decision: Decision,
  code = 'conflict',
): Promise<void> {
  if (id === undefined || !rows.some((row) => row.id === id)) return
  if (decision.act === 'park') await outbox.update(id, { parked: decision.reason })
  if (decision.act === 'seal-again') await outbox.update(id, { refused: code })
}

/** What an earlier drain was sending when it ended in the middle may be stored. Call it while no other drain runs. */
export async function noteInterrupted(database: AccountDatabase, conversation: number): Promise<void> {
  const { messages, outbox } = database
  await database.transaction('rw', [messages, outbox], async () => {
    const ids = (await outboxOf(database, conversation)).map(({ id }) => id)
    await messages
      .where('id')
      .anyOf(ids)
      .and(({ append }) => append === 'sending')
      .modify({ append: 'unknown' })
  })
}

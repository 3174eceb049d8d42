/**
 * Sends the outbox. The page and the worker's `sync` event run this same code; it needs no key, only ciphertext that is
 * committed already. A row stays until the log has shown its entry, so a lost answer costs a repetition, never a message:
 * the server stores the same entry id once.
 */
import type { AppendAnswer } from '../../../server/wire/log.ts'
import { Refused, Unreachable, type Api } from '../api/http.ts'
import { isUnsent, type AccountDatabase } from '../history/database.ts'
import { holdLock } from '../lock.ts'
import { takeTurns } from '../take-turns.ts'
import {
  beginAppend,
  endAppend,
  noteInterrupted,
  noteRefusal,
  type Batch,
  type Together,
} from './append-marks.ts'
import { judgeFailure, judgeRefusal, mayBeStoredAfter, type Decision } from './judge-outcome.ts'

export interface DrainParts {
  readonly account: number
  readonly database: AccountDatabase
  readonly api: Api
  readonly locks: LockManager
  readonly nowMs: () => number
  readonly signal?: AbortSignal
  /** The worker has no keys to make a stale offer anew, so it leaves rows that may become stale to the page. */
  readonly mayJudgeStale: boolean
}

/**
 * `empty`: nothing is left to send. `waiting`: what is left needs a page with keys, or the person. `expired`: the session is
 * over, sign in first. `unreachable`: try again later, no sooner than `retryAfterMs` where the server said so.
 */
export type DrainOutcome =
  | { readonly state: 'empty' | 'waiting' | 'expired' }
  | { readonly state: 'unreachable'; readonly retryAfterMs: number | null }

export const CONVERSATIONS_AT_ONCE = 4
/** An append that nobody answers is given up after this, and what its bytes need on a slow line. */
const APPEND_MOST_MS = 8_000
const SLOW_LINE_BYTES_PER_MS = 8

/** What the drains of one conversation hold: one at a time, and a second one waits, but not for a frozen tab. */
export const drainLock = (conversation: number): string => `drain-${conversation}`

/** Conversations with rows that the server has not stored. */
export async function listUnsent(database: AccountDatabase): Promise<readonly number[]> {
  const rows = await database.outbox.filter(isUnsent).toArray()
  return [...new Set(rows.map((row) => row.conversation))]
}

/** Sends what can be sent: in order within each conversation, and none waits for another. */
export async function drainOutbox(parts: DrainParts): Promise<DrainOutcome> {
  const conversations = await listUnsent(parts.database)
  if (conversations.length === 0) return { state: 'empty' }
  const outcome = await askSession(parts)
  if (outcome) return outcome
  const inTurn = takeTurns(CONVERSATIONS_AT_ONCE)
  let end: DrainOutcome | undefined
  const outcomes = await allEnded(
    conversations.map((conversation) =>
      inTurn(async () => {
        const drained = end ?? (await drainConversation(parts, conversation))
        if (endsAll(drained)) end = drained
        return drained
      }),
    ),
  )
  return gravest(outcomes)
}

/** As Promise.all, but an error waits until everything that was begun has ended. */
async function allEnded<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

/** Asks whose session it is. Null: go on, it is this account's. */
export async function askSession(parts: DrainParts): Promise<DrainOutcome | null> {
  try {
    const session = await parts.api.call('session', { signal: within(parts, APPEND_MOST_MS) })
    if (session.account?.id !== parts.account) return { state: 'expired' }
    return null
  } catch (error) {
    return outcomeOf(error)
  }
}

/** Sends what can be sent of one conversation, in order. The session was asked for just before. */
export function drainConversation(parts: DrainParts, conversation: number): Promise<DrainOutcome> {
  const { account, database, locks, signal } = parts
  const name = `letterlock-${account}-${drainLock(conversation)}`
  return holdLock({ locks, name, signal }, async () => {
    await noteInterrupted(database, conversation)
    let together: Together = 'unless-doubtful'
    for (;;) {
      const batch = await beginAppend(parts, conversation, together)
      if (batch.rows.length === 0) return { state: batch.isMoreLeft ? 'waiting' : 'empty' }
      const next = await sendBatch(parts, conversation, batch)
      if (typeof next === 'object') return next
      if (next === 'one-by-one') together = 'never'
      else if (together === 'unless-doubtful') together = 'always'
    }
  })
}

async function sendBatch(
  parts: DrainParts,
  conversation: number,
  batch: Batch,
): Promise<'go-on' | 'one-by-one' | DrainOutcome> {
  const answer = await append(parts, conversation, batch).catch(asFailure)
  if (!(answer instanceof Error)) return takeAnswer(parts.database, batch, answer)
  const decision = judgeFailure(answer)
  const isOfRow = decision.act === 'park' || decision.act === 'seal-again'
  // Only alone does a row learn that the refusal was meant for it.
  const isAlone = batch.rows.length === 1
  await endAppend(parts.database, batch, mayBeStoredAfter(answer))
  if (isOfRow && isAlone) await noteRefusal(parts.database, batch, batch.rows[0]?.id, decision)
  return isOfRow && !isAlone ? 'one-by-one' : outcomeFor(decision)
}

function append(parts: DrainParts, conversation: number, { rows }: Batch): Promise<AppendAnswer> {
  const sizeBytes = rows.reduce((sum, row) => sum + row.envelope.length, 0)
  return parts.api.call('append', {
    as: parts.account,
    params: { contact: conversation },
    body: { entries: rows.map(({ id, envelope }) => ({ id, envelope })) },
    signal: within(parts, APPEND_MOST_MS + Math.ceil(sizeBytes / SLOW_LINE_BYTES_PER_MS)),
  })
}

async function takeAnswer(
  database: AccountDatabase,
  batch: Batch,
  { stored, refused }: AppendAnswer,
): Promise<'go-on' | DrainOutcome> {
  await endAppend(database, batch, false, stored)
  const decision = refused && judgeRefusal(refused.code)
  if (decision) await noteRefusal(database, batch, refused.id, decision, refused.code)
  if (decision && decision.act !== 'wait') return { state: 'waiting' }
  const ids = new Set(stored.map(({ id }) => id))
  return batch.rows.some((row) => ids.has(row.id)) ? 'go-on' : { state: 'waiting' }
}

function within({ signal }: DrainParts, timeMs: number): AbortSignal {
  const timeout = AbortSignal.timeout(timeMs)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

/** What the api throws; anything else is a fault of ours, and goes on up. */
function asFailure(error: unknown): Refused | Unreachable {
  if (error instanceof Refused || error instanceof Unreachable) return error
  throw error
}

/** What a refusal, or silence, means for all that was about to be sent. Throws what is neither. */
export function outcomeOf(error: unknown): DrainOutcome {
  const failure = asFailure(error)
  if (judgeFailure(failure).act === 'sign-in') return { state: 'expired' }
  return { state: 'unreachable', retryAfterMs: failure instanceof Refused ? failure.retryAfterMs : null }
}

function outcomeFor(decision: Decision): DrainOutcome {
  if (decision.act === 'sign-in') return { state: 'expired' }
  if (decision.act === 'wait') return { state: 'unreachable', retryAfterMs: decision.retryAfterMs }
  return { state: 'waiting' }
}

/** Without a session, or when the server asked for a pause, the other conversations need not try. */
const endsAll = (outcome: DrainOutcome): boolean =>
  outcome.state === 'expired' || (outcome.state === 'unreachable' && outcome.retryAfterMs !== null)

function gravest(outcomes: readonly DrainOutcome[]): DrainOutcome {
  const unreachable = outcomes.filter((one) => one.state === 'unreachable')
  const longest = unreachable.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0))[0]
  return (
    outcomes.find((one) => one.state === 'expired') ??
    longest ??
    outcomes.find((one) => one.state === 'waiting') ?? { state: 'empty' }
  )
}

/**
 * Sends the outbox. The page and the worker's `sync` event run this same code; it needs no key, only ciphertext that is
 * committed already. A row stays until the log has shown its entry, so a lost answer costs a repetition, never a message:
 * the server stores the same entry id once.
 */
import { APPEND_MOST_BYTES, APPEND_MOST_ENTRIES, type AppendAnswer } from '../../../server/wire/log.ts'
import { Refused, type Api } from '../api/http.ts'
import { outboxOf, type AccountDatabase, type OutboxRow } from '../history/database.ts'
import { holdLock } from '../lock.ts'

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
 * `empty`: nothing is left to send. `waiting`: what is left needs a page with keys. `expired`: the session is over, sign in
 * first. `unreachable`: try again later, no sooner than `retryAfterMs` where the server said so.
 */
export type DrainOutcome =
  | { readonly state: 'empty' | 'waiting' | 'expired' }
  | { readonly state: 'unreachable'; readonly retryAfterMs: number | null }

const CONVERSATIONS_AT_ONCE = 4

/**
 * Sends what can be sent, in order within each conversation. One drain at a time per account: a second call waits, but not
 * for a frozen tab.
 */
export function drainOutbox(parts: DrainParts): Promise<DrainOutcome> {
  const { account, locks, signal } = parts
  return holdLock({ locks, name: `letterlock-${account}-drain`, signal }, async () => {
    const rows = await parts.database.outbox.toArray()
    const conversations = [...new Set(rows.filter(isUnsent).map((row) => row.conversation))]
    if (conversations.length === 0) return { state: 'empty' }
    try {
      const session = await parts.api.call('session')
      if (session.account?.id !== parts.account) return { state: 'expired' }
      const left = await forEachAtOnce(conversations, (conversation) =>
        drainConversation(parts, conversation).catch(faultOfConversation),
      )
      const fault = left.find((one) => one instanceof Refused)
      if (fault) return outcomeOf(fault)
      return { state: left.some(Boolean) ? 'waiting' : 'empty' }
    } catch (error) {
      return outcomeOf(error)
    }
  })
}

const isUnsent = (row: OutboxRow): boolean => row.storedSeq === null

/** Returns whether rows are left that only a page can deal with. */
async function drainConversation(parts: DrainParts, conversation: number): Promise<boolean> {
  for (;;) {
    const unsent = (await outboxOf(parts.database, conversation)).filter(isUnsent)
    const batch = nextBatch(unsent, parts)
    if (batch.length === 0) return unsent.length > 0
    const answer = await parts.api.call('append', {
      params: { contact: conversation },
      body: { entries: batch.map(({ id, envelope }) => ({ id, envelope })) },
      ...(parts.signal && { signal: parts.signal }),
    })
    await noteAnswer(parts.database, answer)
    if (answer.refused) return true
    if (!answer.stored.some(({ id }) => batch.some((row) => row.id === id))) return true
  }
}

/** The longest run of rows from the front that may be sent together. */
function nextBatch(unsent: readonly OutboxRow[], { mayJudgeStale, nowMs }: DrainParts): readonly OutboxRow[] {
  const blocked = unsent.findIndex(
    (row) => row.refused !== null || (row.notAfter !== null && (!mayJudgeStale || nowMs() > row.notAfter)),
  )
  const sendable = unsent.slice(0, blocked === -1 ? undefined : blocked).slice(0, APPEND_MOST_ENTRIES)
  let sizeBytes = 0
  const tooLarge = sendable.findIndex((row) => (sizeBytes += row.envelope.length) > APPEND_MOST_BYTES)
  return tooLarge === -1 ? sendable : sendable.slice(0, tooLarge)
}

function noteAnswer(database: AccountDatabase, { stored, refused }: AppendAnswer): Promise<void> {
  return database.transaction('rw', database.outbox, async () => {
    for (const { id, seq } of stored) await database.outbox.update(id, { storedSeq: seq })
    if (refused) await database.outbox.update(refused.id, { refused: refused.code })
  })
}

/** What an error of the network or the server means for the outbox. */
export function outcomeOf(error: unknown): DrainOutcome {
  if (!(error instanceof Refused)) return { state: 'unreachable', retryAfterMs: null }
  if (error.status === 401 || error.status === 403) return { state: 'expired' }
  return { state: 'unreachable', retryAfterMs: error.retryAfterMs }
}

/** Refusals of the whole server: the session, its limits, its health. Any other is about one conversation's append. */
const isOfServer = ({ status }: Refused): boolean =>
  [401, 403, 408, 425, 429].includes(status) || status >= 500

function faultOfConversation(error: unknown): Refused {
  if (error instanceof Refused && !isOfServer(error)) return error
  throw error
}

/** Runs `work` on each item, a few at a time. The first error ends it, after what was begun has ended. */
async function forEachAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += CONVERSATIONS_AT_ONCE) {
    const settled = await Promise.allSettled(items.slice(start, start + CONVERSATIONS_AT_ONCE).map(work))
    for (const one of settled) {
      if (one.status === 'rejected') throw one.reason
      results.push(one.value)
    }
  }
  return results
}

/**
 * Tends a conversation whose log was read to its head: takes back what became useless in the outbox, repairs what
 * one side lost, answers or begins an exchange, shares history, seals what waits. Any tab may do it at any time; locks save doing it twice.
 */
import { Refused, Unreachable } from '../api/http.ts'
import type { OpenAccount } from '../open-account.ts'
import { continueShare } from '../sharing/continue-share.ts'
import { engage } from './engage.ts'
import { reportLost, sendAgain } from './repair.ts'
import { rereadWhereKeysCame } from './reread.ts'
import { pullToHead, reportApplied } from './pull.ts'
import { reviewOutbox } from './review-outbox.ts'
import { sealWaiting } from './seal-waiting.ts'

/** A pull that failed while the stream goes on is made again: nothing else would ask for what it was to bring. */
const PULL_AGAIN_MS = 8_000

export interface Tender {
  /** Tends soon; calls while one runs come to one more run. */
  readonly tend: (conversation: number) => void
  /** Reads the log to its head first. */
  readonly pullAndTend: (conversation: number) => void
}

export function createTender(open: OpenAccount): Tender {
  const running = new Map<number, Promise<void>>()
  const again = new Set<number>()
  const timers = new Map<number, ReturnType<typeof setTimeout>>()
  const pullTimers = new Map<number, ReturnType<typeof setTimeout>>()
  open.signal.addEventListener('abort', () => {
    for (const timer of [...timers.values(), ...pullTimers.values()]) clearTimeout(timer)
  })

  async function run(conversation: number): Promise<void> {
    do {
      again.delete(conversation)
      await tendOnce(conversation).catch((error: unknown) => open.noteFailure(error))
    } while (again.has(conversation) && !open.signal.aborted)
    running.delete(conversation)
  }

  async function tendOnce(conversation: number): Promise<void> {
    const reviewInMs = await reviewOutbox(open, conversation)
    const engageInMs = await engageIfConnected(conversation)
    await continueShare(open, conversation)
    await sealWaiting(open, conversation)
    clearTimeout(timers.get(conversation))
    const againInMs = Math.min(reviewInMs ?? Infinity, engageInMs ?? Infinity)
    if (againInMs !== Infinity)
      timers.set(
        conversation,
        setTimeout(() => pullAndTend(conversation), againInMs + 50),
      )
  }

  /** Without the stream nobody knows whether this is the head of the log, and an offer would only grow stale. */
  async function engageIfConnected(conversation: number): Promise<number | null> {
    const row = await open.database.meta.get('connection')
    if (row?.name !== 'connection' || row.connection !== 'connected') return null
    await rereadWhereKeysCame(open, conversation)
    await reportLost(open, conversation)
    await sendAgain(open, conversation)
    return engage(open, conversation, row.online[conversation] ?? null)
  }

  function tend(conversation: number): void {
    if (open.signal.aborted) return
    if (running.has(conversation)) again.add(conversation)
    else running.set(conversation, run(conversation))
  }

  function pullAndTend(conversation: number): void {
    pullToHead(open, conversation)
      .then((isAtHead) => (isAtHead ? reportApplied(open, conversation) : undefined))
      .catch((error: unknown) => {
        open.noteFailure(error)
        const againInMs = pullAgainInMs(error)
        if (againInMs !== null) pullLater(conversation, againInMs)
      })
      .finally(() => tend(conversation))
  }

  function pullLater(conversation: number, inMs: number): void {
    if (open.signal.aborted) return
    clearTimeout(pullTimers.get(conversation))
    pullTimers.set(
      conversation,
      setTimeout(() => pullAndTend(conversation), inMs),
    )
  }

  return { tend, pullAndTend }
}

/** Null when another pull would end the same. */
function pullAgainInMs(error: unknown): number | null {
  if (error instanceof Unreachable) return PULL_AGAIN_MS
  if (!(error instanceof Refused)) return null
  const isPassing = error.status >= 500 || [408, 425, 429].includes(error.status)
  return isPassing ? Math.max(PULL_AGAIN_MS, error.retryAfterMs ?? 0) : null
}

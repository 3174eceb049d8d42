/** When the page drains the outbox: soon after something was put there, on waking, and again later when it did not go. */
import type { OutboxRow } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { drainOutbox, outcomeOf, type DrainOutcome } from './drain-outbox.ts'
import { pullToHead } from './pull.ts'
import { reviewOutbox } from './review-outbox.ts'

const FIRST_PAUSE_MS = 500
const MOST_PAUSE_MS = 8_000

export interface DrainLoop {
  readonly drainSoon: () => void
  /** The network may have been away unnoticed: the log is read before anything is sent. */
  readonly doubt: () => void
}

/** Calls `onBlocked` for a conversation whose front row needs keys: refused by the server, or stale. */
export function createDrainLoop(open: OpenAccount, onBlocked: (conversation: number) => void): DrainLoop {
  let isRunning = false
  let isInDoubt = true
  let isAsked = false
  let pauseMs = FIRST_PAUSE_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  open.signal.addEventListener('abort', () => clearTimeout(timer))

  async function run(): Promise<void> {
    isRunning = true
    while (isAsked && !open.signal.aborted) {
      isAsked = false
      await drainOnce()
    }
    isRunning = false
  }

  async function drainOnce(): Promise<void> {
    const outcome = await catchUpAndDrain().catch(outcomeOf)
    if (outcome.state === 'expired') return open.session.set('expired')
    if (outcome.state === 'unreachable') return waitAndRetry(outcome.retryAfterMs)
    pauseMs = FIRST_PAUSE_MS
    if (outcome.state === 'waiting') await reportBlocked()
  }

  async function catchUpAndDrain(): Promise<DrainOutcome> {
    const { account, database, api, locks, nowMs, signal } = open
    if (isInDoubt || !(await isStreaming(open))) {
      if ((await api.call('session')).account?.id !== account.id) return { state: 'expired' }
      await catchUp(open)
    }
    isInDoubt = false
    return drainOutbox({ account: account.id, database, api, locks, nowMs, signal, mayJudgeStale: true })
  }

  function waitAndRetry(retryAfterMs: number | null): void {
    isInDoubt = true
    open.environment.requestBackgroundDrain()
    clearTimeout(timer)
    timer = setTimeout(drainSoon, Math.max(retryAfterMs ?? 0, pauseMs * (0.5 + Math.random() / 2)))
    pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)
  }

  async function reportBlocked(): Promise<void> {
    const rows = await open.database.outbox.toArray()
    const isBlocked = (row: OutboxRow): boolean =>
      row.refused !== null || (row.storedSeq === null && row.notAfter !== null && open.nowMs() > row.notAfter)
    for (const conversation of new Set(rows.filter(isBlocked).map((row) => row.conversation)))
      onBlocked(conversation)
  }

  function drainSoon(): void {
    isAsked = true
    if (!isRunning) void run()
  }
  return { drainSoon, doubt: () => (isInDoubt = true) }
}

/**
 * What was sealed while the network was away may be useless by now: the contact may have lost the keys, or changed its
 * security code. So the logs are read to their heads first, and what became useless is taken back instead of sent.
 */
async function catchUp(open: OpenAccount): Promise<void> {
  const rows = await open.database.outbox.filter((row) => row.storedSeq === null).toArray()
  for (const conversation of new Set(rows.map((row) => row.conversation))) {
    await pullToHead(open, conversation)
    await reviewOutbox(open, conversation)
  }
}

async function isStreaming({ database }: OpenAccount): Promise<boolean> {
  const row = await database.meta.get('connection')
  return row?.name === 'connection' && row.connection === 'connected'
}

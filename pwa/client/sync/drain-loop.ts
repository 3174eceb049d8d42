/** When the page drains the outbox: soon after something was put there, on waking, and again later when it did not go. */
import type { OutboxRow } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { drainOutbox } from './drain-outbox.ts'

const FIRST_PAUSE_MS = 500
const MOST_PAUSE_MS = 8_000

/** Calls `onBlocked` for a conversation whose front row needs keys: refused by the server, or stale. */
export function createDrainLoop(open: OpenAccount, onBlocked: (conversation: number) => void): () => void {
  let isRunning = false
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
    const { account, database, api, locks, nowMs, signal } = open
    const outcome = await drainOutbox({
      account: account.id,
      database,
      api,
      locks,
      nowMs,
      signal,
      mayJudgeStale: true,
    }).catch(() => ({ state: 'unreachable' as const, retryAfterMs: null }))
    if (outcome.state === 'expired') return open.session.set('expired')
    if (outcome.state === 'unreachable') return waitAndRetry(outcome.retryAfterMs)
    pauseMs = FIRST_PAUSE_MS
    if (outcome.state === 'waiting') await reportBlocked()
  }

  function waitAndRetry(retryAfterMs: number | null): void {
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
  return drainSoon
}

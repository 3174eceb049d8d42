/**
 * When the page drains the outbox: soon after something was put there, on waking, after any success, and again later when
 * it did not go. Each conversation has a lane of its own, so that none waits for another.
 */
import { Refused, Unreachable } from '../api/http.ts'
import { isUnsent, outboxOf, type OutboxRow } from '../history/database.ts'
import { withLock, type OpenAccount } from '../open-account.ts'
import { takeTurns } from '../take-turns.ts'
import { noteInterrupted } from './append-marks.ts'
import {
  CONVERSATIONS_AT_ONCE,
  askSession,
  drainConversation,
  drainLock,
  listUnsent,
  outcomeOf,
  type DrainOutcome,
  type DrainParts,
} from './drain-outbox.ts'
import { pullToHead } from './pull.ts'
import { reviewOutbox } from './review-outbox.ts'

const FIRST_PAUSE_MS = 500
const MOST_PAUSE_MS = 8_000

export interface DrainLoop {
  readonly drainSoon: () => void
  /** The network may have been away unnoticed: the log is read before anything is sent. */
  readonly doubt: () => void
}

interface Lane {
  isRunning: boolean
  isAsked: boolean
  isInDoubt: boolean
  pauseMs: number
  timer: ReturnType<typeof setTimeout> | undefined
}

/** Calls `onBlocked` for a conversation whose front row needs keys: refused by the server, or stale. */
export function createDrainLoop(open: OpenAccount, onBlocked: (conversation: number) => void): DrainLoop {
  const { account, database, api, locks, nowMs, signal } = open
  const parts: DrainParts = {
    account: account.id,
    database,
    api,
    locks,
    nowMs,
    signal,
    mayJudgeStale: true,
  }
  const inTurn = takeTurns(CONVERSATIONS_AT_ONCE)
  const lanes = new Map<number, Lane>()
  /** Set while the server wants to be left alone. */
  let rest: ReturnType<typeof setTimeout> | undefined
  let asking: Promise<DrainOutcome | null> | undefined
  signal.addEventListener('abort', () => {
    clearTimeout(rest)
    for (const lane of lanes.values()) clearTimeout(lane.timer)
  })

  const mayTry = (): boolean => rest === undefined && !signal.aborted

  function drainSoon(): void {
    if (mayTry()) askAll().catch(open.noteFailure)
  }

  async function askAll(): Promise<void> {
    for (const conversation of await listUnsent(database)) ask(conversation)
  }

  function ask(conversation: number): void {
    const lane = lanes.get(conversation) ?? newLane()
    lanes.set(conversation, lane)
    lane.isAsked = true
    if (!lane.isRunning) void run(conversation, lane)
  }

  async function run(conversation: number, lane: Lane): Promise<void> {
    lane.isRunning = true
    while (lane.isAsked && mayTry()) {
      lane.isAsked = false
      clearTimeout(lane.timer)
      lane.timer = undefined
      await inTurn(() => drainOnce(conversation, lane)).catch(open.noteFailure)
    }
    lane.isRunning = false
  }

  async function drainOnce(conversation: number, lane: Lane): Promise<void> {
    const outcome = await catchUpAndDrain(conversation, lane).catch(outcomeOfAny)
    if (outcome.state === 'expired') return pauseUntilSignedIn(conversation, lane)
    if (outcome.state === 'unreachable') return retryLater(conversation, lane, outcome.retryAfterMs)
    lane.pauseMs = FIRST_PAUSE_MS
    for (const [other, { timer }] of lanes) if (timer !== undefined) ask(other)
    if (outcome.state === 'waiting') await reportBlocked(conversation)
  }

  /** A lane never ends for good, whatever broke in it. */
  function outcomeOfAny(error: unknown): DrainOutcome {
    if (error instanceof Refused || error instanceof Unreachable) return outcomeOf(error)
    open.noteFailure(error)
    return { state: 'unreachable', retryAfterMs: null }
  }

  async function catchUpAndDrain(conversation: number, lane: Lane): Promise<DrainOutcome> {
    if (lane.isInDoubt)
      await withLock(open, drainLock(conversation), () => noteInterrupted(database, conversation))
    const refusal = await shareQuestion()
    if (refusal) return refusal
    if (lane.isInDoubt || !(await isStreaming(open))) await catchUp(open, conversation)
    lane.isInDoubt = false
    return drainConversation(parts, conversation)
  }

  /** Lanes that begin at the same time ask for the session once. */
  function shareQuestion(): Promise<DrainOutcome | null> {
    asking ??= askSession(parts).finally(() => (asking = undefined))
    return asking
  }

  /** A refusal may come from something in between: only the server's own word ends a session. */
  async function pauseUntilSignedIn(conversation: number, lane: Lane): Promise<void> {
    const answer = await askSession(parts)
    if (answer?.state === 'expired') open.session.set('expired')
    else retryLater(conversation, lane, null)
  }

  function retryLater(conversation: number, lane: Lane, retryAfterMs: number | null): void {
    lane.isInDoubt = true
    open.environment.requestBackgroundDrain()
    if (signal.aborted) return
    if (retryAfterMs !== null) return leaveServerAlone(retryAfterMs)
    lane.timer = setTimeout(() => ask(conversation), jittered(lane.pauseMs))
    lane.pauseMs = Math.min(lane.pauseMs * 2, MOST_PAUSE_MS)
  }

  function leaveServerAlone(durationMs: number): void {
    clearTimeout(rest)
    rest = setTimeout(endRest, durationMs)
  }

  function endRest(): void {
    clearTimeout(rest)
    rest = undefined
    drainSoon()
  }

  async function reportBlocked(conversation: number): Promise<void> {
    const rows = await outboxOf(database, conversation)
    const isBlocked = (row: OutboxRow): boolean =>
      row.refused !== null || (isUnsent(row) && row.notAfter !== null && nowMs() > row.notAfter)
    if (rows.some(isBlocked)) onBlocked(conversation)
  }

  return {
    drainSoon,
    doubt() {
      for (const lane of lanes.values()) lane.isInDoubt = true
      // Somebody looks, or the network is another one: one try does no harm.
      endRest()
    },
  }
}

const newLane = (): Lane => ({
  isRunning: false,
  isAsked: false,
  isInDoubt: true,
  pauseMs: FIRST_PAUSE_MS,
  timer: undefined,
})

const jittered = (pauseMs: number): number => pauseMs * (0.5 + Math.random() / 2)

/**
 * What was sealed while the network was away may be useless by now: the contact may have lost the keys, or changed its
 * security code. So the log is read to its head first, and what became useless is taken back instead of sent.
 */
async function catchUp(open: OpenAccount, conversation: number): Promise<void> {
  await pullToHead(open, conversation)
  await reviewOutbox(open, conversation)
}

async function isStreaming({ database }: OpenAccount): Promise<boolean> {
  const row = await database.meta.get('connection')
  return row?.name === 'connection' && row.connection === 'connected'
}

/** Begins and answers exchanges, by what the log shows and who is online. */
import type { Party } from '../../protocol/exchange.ts'
import type { LogState } from '../../protocol/log-state.ts'
import { OFFER_OPEN_MS, answerableOffer, openOffer } from '../../protocol/order.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { Refused } from '../api/http.ts'
import { ensurePublished } from '../commands/identity.ts'
import { pendingMessages, type LogRow, type MessageRow } from '../history/database.ts'
import { ourParty, withLock, type OpenAccount } from '../open-account.ts'
import { answerOnce, offerOnce, prekeyOnce } from './begin-exchange.ts'
import { whereabouts } from './elsewhere.ts'
import { findKeySet, usableExchange } from './key-sets.ts'
import { restOfPause } from './pause.ts'
import { readsToHead } from './pull.ts'

/** When an offer without an answer is made again, or a prekey is asked for again. */
const PAUSES_MS = [0, 60_000, 5 * 60_000, 30 * 60_000]
/** The account with the higher id lets the other begin, so that offers seldom cross. */
const COURTESY_MS = 5_000
const LOOK_AGAIN_MS = 500
/**
 * By then the server has said who is online: it tells two accounts of each other with the first entry of their log, and when
 * a connection comes back.
 */
const PRESENCE_MS = 2_000

/**
 * Answers the other side's open offer, or begins an exchange when one is needed: by an offer while the contact is online,
 * and with a prekey when it is not or did not answer; only with the log read to its head, and not where another browser of the account has taken the conversation over. `onlineSinceMs`: since
 * when the contact is online, by this device's clock; null when it is not. Returns after how many milliseconds it is worth
 * looking again, or null.
 */
export function engage(
  open: OpenAccount,
  conversation: number,
  onlineSinceMs: number | null,
): Promise<number | null> {
  return withLock(open, `engage-${conversation}`, async () => {
    await open.vault.check()
    await ensurePublished(open)
    const self = await ourParty(open)
    const log = await open.database.logs.get(conversation)
    const serverNowMs = await timeAtServer(open)
    if (!self || !log || serverNowMs === null) return null
    const place = await whereabouts(open, log)
    if (place === 'away') return null
    const offer = answerableOffer(log.state, { self: self.account, nowMs: serverNowMs })
    if (offer) {
      if (!(await isStillAtHead(open, { conversation, state: log.state }))) return LOOK_AGAIN_MS
      await answerOnce(open, { self, conversation, offer })
      return null
    }
    const held = await usableExchange(open, log.state)
    // Without a key set an exchange has failed, although its secret is held.
    const usable = held && (await hasKeySet(open, log, held.exchange)) ? held : null
    if (usable && !usable.isOneWay) {
      forgetAttempts(open, conversation)
      return null
    }
    const waitingSinceMs = usable === null ? await oldestUnsealed(open, conversation) : null
    const isReturning = place === 'returning'
    const situation = {
      conversation,
      state: log.state,
      onlineSinceMs,
      serverNowMs,
      waitingSinceMs,
      isReturning,
    }
    const prekeyInMs = await drawInTime(open, self, situation)
    const offerInMs = await offerInTime(open, self, situation)
    const againInMs = Math.min(prekeyInMs ?? Infinity, offerInMs ?? Infinity)
    return againInMs === Infinity ? null : againInMs
  })
}

async function hasKeySet(open: OpenAccount, { state, sealing }: LogRow, exchange: string): Promise<boolean> {
  if (sealing?.exchange !== exchange) return false
  return (await findKeySet(open, state, exchange, sealing.keys)) !== null
}

/** Somebody whose clock is minutes ahead would take every offer for an old one, and never answer. */
async function timeAtServer({ api, clock, noteFailure }: OpenAccount): Promise<number | null> {
  if (clock.isVague()) {
    const hear = clock.ask()
    const session = await api.call('session').catch(noteFailure)
    if (session) hear(session.now)
  }
  return clock.now()
}

/**
 * Attempts count on for a while after they succeeded: two copies of one profile would otherwise take the conversation from
 * each other without end.
 */
function forgetAttempts(open: OpenAccount, conversation: number): void {
  const last = open.attempts.get(conversation)
  if (last && Math.abs(open.nowMs() - last.atMs) > pauseAfter(1)) open.attempts.delete(conversation)
}

interface Situation {
  readonly conversation: number
  readonly state: LogState
  readonly onlineSinceMs: number | null
  readonly serverNowMs: number
  /** Since when the oldest message waits for keys, by this device's clock; null: none does. */
  readonly waitingSinceMs: number | null
  /** The person took the conversation back from another browser. */
  readonly isReturning: boolean
}

async function oldestUnsealed({ database }: OpenAccount, conversation: number): Promise<number | null> {
  const pending = await pendingMessages(database, conversation)
  const isWaiting = ({ kind, seal }: MessageRow): boolean =>
    (kind === 'text' || kind === 'lost' || kind === 'ask') && !seal
  return pending.find(isWaiting)?.at ?? null
}

/** Returns after how many milliseconds it is worth looking again, or null. */
async function drawInTime(open: OpenAccount, self: Party, situation: Situation): Promise<number | null> {
  const pauseMs = pauseBeforeDraw(open, situation)
  if (pauseMs === null || pauseMs > 0) return pauseMs
  const { conversation } = situation
  if (!(await isStillAtHead(open, situation))) return LOOK_AGAIN_MS
  const isBegun = await prekeyOnce(open, self, conversation).catch((error: unknown) => {
    open.noteFailure(error)
    return error instanceof Refused ? error : false
  })
  if (isBegun === true) {
    open.draws.delete(conversation)
    return null
  }
  const count = (open.draws.get(conversation)?.count ?? 0) + 1
  open.draws.set(conversation, { count, atMs: open.nowMs() })
  return Math.max(pauseAfter(count), isBegun === false ? 0 : (isBegun.retryAfterMs ?? 0))
}

/** What stands in the log by now may have made an offer, an answer or a prekey needless. */
async function isStillAtHead(
  open: OpenAccount,
  { conversation, state }: Pick<Situation, 'conversation' | 'state'>,
): Promise<boolean> {
  const isAtHead = await readsToHead(open, conversation)
  const log = await open.database.logs.get(conversation)
  return isAtHead && log?.state.seq === state.seq
}

/** Milliseconds to wait before a prekey is drawn; null when there is no reason to. */
function pauseBeforeDraw(open: OpenAccount, situation: Situation): number | null {
  const { conversation, state, onlineSinceMs, serverNowMs, waitingSinceMs } = situation
  const last = state.exchanges.at(-1)
  if (waitingSinceMs === null || !last) return null
  const isOffered = last.initiator === open.account.id && last.state === 'open'
  if (onlineSinceMs !== null && !isOffered) return null
  const patienceMs = onlineSinceMs === null ? PRESENCE_MS : OFFER_OPEN_MS
  const offeredInMs = isOffered ? last.offeredAt + patienceMs - serverNowMs : 0
  const failed = open.draws.get(conversation)
  const failedInMs = failed ? restOfPause(failed.atMs, pauseAfter(failed.count), open.nowMs()) : 0
  // Somebody whose connection broke for a moment is worth a moment of patience.
  const waitedInMs = restOfPause(waitingSinceMs, PRESENCE_MS, open.nowMs())
  return Math.max(0, offeredInMs, failedInMs, waitedInMs)
}

/** Returns after how many milliseconds it is worth looking again, or null. */
async function offerInTime(open: OpenAccount, self: Party, situation: Situation): Promise<number | null> {
  const { conversation } = situation
  const pauseMs = await pauseBeforeOffer(open, situation)
  if (pauseMs === null || pauseMs > 0) return pauseMs
  if (!(await isStillAtHead(open, situation))) return LOOK_AGAIN_MS
  await offerOnce(open, self, conversation)
  const count = (open.attempts.get(conversation)?.count ?? 0) + 1
  open.attempts.set(conversation, { count, atMs: open.nowMs() })
  return pauseAfter(count)
}

/** Milliseconds to wait before an offer; null when there is no reason for one. */
async function pauseBeforeOffer(open: OpenAccount, situation: Situation): Promise<number | null> {
  const { conversation, state, onlineSinceMs, serverNowMs, waitingSinceMs, isReturning } = situation
  const hasReason = waitingSinceMs !== null || isReturning
  const isFirstContact = state.exchanges.length === 0
  if (onlineSinceMs === null && !(isFirstContact && hasReason)) return null
  if (!hasReason && (isFirstContact || !(await lastBegunIsOurs(open, state)))) return null
  const standing = openOffer(state, serverNowMs)
  if (standing) return standing.offeredAt + OFFER_OPEN_MS - serverNowMs
  const last = open.attempts.get(conversation)
  const isSameSpell = last !== undefined && (onlineSinceMs === null || last.atMs >= onlineSinceMs)
  const restMs = isSameSpell ? restOfPause(last.atMs, pauseAfter(last.count), open.nowMs()) : 0
  const isOtherFirst = !hasReason && open.account.id > conversation
  const courtesyMs = isOtherFirst ? restOfPause(onlineSinceMs ?? 0, COURTESY_MS, open.nowMs()) : 0
  return Math.max(restMs, courtesyMs)
}

const pauseAfter = (count: number): number => PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)] ?? 0

/** A browser of an account that also runs elsewhere begins only when it has something to send. */
async function lastBegunIsOurs(open: OpenAccount, state: LogState): Promise<boolean> {
  const last = state.exchanges.findLast((one) => one.initiator === open.account.id)
  const identity = await open.vault.identity()
  return !last || (identity !== null && last.identity === toBase64url(identity.publicKey))
}

/** Begins and answers exchanges, by what the log shows and who is online. */
import { deriveKeySet } from '../../protocol/key-set.ts'
import { answerOffer, makeOffer, type Party } from '../../protocol/exchange.ts'
import {
  OFFER_OPEN_MS,
  answerableOffer,
  openOffer,
  type ExchangeRecord,
  type LogState,
} from '../../protocol/order.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { newOutboxRow } from '../history/counters.ts'
import { outboxOf, pendingMessages, type OutboxKind } from '../history/database.ts'
import { ourParty, withLock, type OpenAccount } from '../open-account.ts'
import { usableExchange } from './key-sets.ts'
import { newEntryId } from './seal-waiting.ts'

/** An offer or answer that waited longer than this in the outbox is made anew, never sent. */
const OUTBOX_MOST_MS = 45_000
/** When an offer without an answer is made again. */
const PAUSES_MS = [0, 60_000, 5 * 60_000, 30 * 60_000]
/** The account with the higher id lets the other begin, so that offers seldom cross. */
const COURTESY_MS = 5_000

/**
 * Answers the other side's open offer, or begins an exchange when one is needed. Call it only with the log read to its head.
 * `onlineSinceMs`: since when the contact is online, by this device's clock; null when it is not. Returns after how many milliseconds it is worth looking again, or null.
 */
export function engage(
  open: OpenAccount,
  conversation: number,
  onlineSinceMs: number | null,
): Promise<number | null> {
  return withLock(open, `engage-${conversation}`, async () => {
    await open.vault.check()
    const self = await ourParty(open)
    const log = await open.database.logs.get(conversation)
    const serverNowMs = open.clock.now()
    if (!self || !log || serverNowMs === null) return null
    const offer = answerableOffer(log.state, { self: self.account, nowMs: serverNowMs })
    if (offer) {
      await answerOnce(open, { self, conversation, offer })
      return null
    }
    if (await usableExchange(open, log.state)) {
      forgetAttempts(open, conversation)
      return null
    }
    const situation = { conversation, state: log.state, onlineSinceMs, serverNowMs }
    const pauseMs = await pauseBeforeOffer(open, situation)
    if (pauseMs === null || pauseMs > 0) return pauseMs
    await offerOnce(open, self, conversation)
    const count = (open.attempts.get(conversation)?.count ?? 0) + 1
    open.attempts.set(conversation, { count, atMs: open.nowMs() })
    return pauseAfter(count)
  })
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
}

/** Milliseconds to wait before an offer; null when there is no reason for one. */
async function pauseBeforeOffer(open: OpenAccount, situation: Situation): Promise<number | null> {
  const { conversation, state, onlineSinceMs, serverNowMs } = situation
  const pending = await pendingMessages(open.database, conversation)
  const hasWaiting = pending.some((row) => row.kind === 'text' && !row.seal)
  const isFirstContact = state.exchanges.length === 0
  if (onlineSinceMs === null && !(isFirstContact && hasWaiting)) return null
  if (!hasWaiting && (isFirstContact || !(await lastBegunIsOurs(open, state)))) return null
  const standing = openOffer(state, serverNowMs)
  if (standing) return standing.offeredAt + OFFER_OPEN_MS - serverNowMs
  const last = open.attempts.get(conversation)
  const isSameSpell = last !== undefined && (onlineSinceMs === null || last.atMs >= onlineSinceMs)
  const restMs = isSameSpell ? restOfPause(last.atMs, pauseAfter(last.count), open.nowMs()) : 0
  const isOtherFirst = !hasWaiting && open.account.id > conversation
  const courtesyMs = isOtherFirst ? restOfPause(onlineSinceMs ?? 0, COURTESY_MS, open.nowMs()) : 0
  return Math.max(restMs, courtesyMs)
}

/** A pause that begins later than now is over: the clock was set back since. */
const restOfPause = (sinceMs: number, pauseMs: number, nowMs: number): number =>
  sinceMs > nowMs ? 0 : Math.max(0, sinceMs + pauseMs - nowMs)

const pauseAfter = (count: number): number => PAUSES_MS[Math.min(count, PAUSES_MS.length - 1)] ?? 0

/** A browser of an account that also runs elsewhere begins only when it has something to send. */
async function lastBegunIsOurs(open: OpenAccount, state: LogState): Promise<boolean> {
  const last = state.exchanges.findLast((one) => one.initiator === open.account.id)
  const identity = await open.vault.identity()
  return !last || (identity !== null && last.identity === toBase64url(identity.publicKey))
}

async function offerOnce(open: OpenAccount, self: Party, conversation: number): Promise<void> {
  const queued = await outboxOf(open.database, conversation)
  if (queued.some((row) => row.kind === 'offer')) return
  const id = newEntryId(open)
  const { envelope, half } = await makeOffer(open.tools, { self, contact: conversation })
  await open.vault.storeHalf(id, half)
  await queue(open, { id, conversation, kind: 'offer', envelope, exchange: half.exchange })
}

async function answerOnce(
  open: OpenAccount,
  { self, conversation, offer }: { self: Party; conversation: number; offer: ExchangeRecord },
): Promise<void> {
  const queued = await outboxOf(open.database, conversation)
  if (queued.some((row) => row.kind === 'answer' && row.exchange === offer.exchange)) return
  const { exchange, identity, key } = offer
  const id = newEntryId(open)
  try {
    const answer = await answerOffer(open.tools, {
      self,
      contact: conversation,
      offer: { type: 'ECDH', step: 'offer', exchange, identity, key },
    })
    const keySet = await deriveKeySet(open.tools, {
      exchange: answer.established,
      salt: answer.salt,
      self: self.account,
      contact: conversation,
    })
    await open.vault.storeHalf(id, answer.half)
    await open.vault.storeSecret(id, answer.established)
    await open.vault.storeSalt(exchange, keySet.id, answer.salt)
    await queue(open, { id, conversation, kind: 'answer', envelope: answer.envelope, exchange })
  } catch (error) {
    // The log keeps an offer with a key that is none; it is refused here and stays unanswered.
    if (!(error instanceof ProtocolError)) throw error
  }
}

async function queue(
  open: OpenAccount,
  row: { id: string; conversation: number; kind: OutboxKind; envelope: string; exchange: string },
): Promise<void> {
  const { database } = open
  await database.transaction('rw', database.outbox, async () => {
    await database.outbox.put(
      await newOutboxRow(database, {
        ...row,
        seal: null,
        next: null,
        notAfter: open.nowMs() + OUTBOX_MOST_MS,
      }),
    )
  })
  open.drainSoon()
}

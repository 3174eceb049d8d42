/**
 * What the log alone decides, alike for both sides and every later reader: which offers are open, which exchange is
 * current. Pure functions over `LogState`.
 */
import type { AnswerEnvelope, OfferEnvelope, PrekeyEnvelope } from '../../server/wire/envelope.ts'
import type { Entry } from '../../server/wire/log.ts'
import { epochOf } from './key-set.ts'
import type { ExchangeRecord, LogState } from './log-state.ts'

/** By the server's clock. When it has passed, an offer is no longer open. */
export const OFFER_OPEN_MS = 60_000

/**
 * `open`: may be answered. `void`: an open offer of the other side stands before it. `repeated`: its exchange id was
 * seen before, nothing changes. `voided` names the earlier open offer of the same side that it replaces.
 */
export function applyOffer(
  state: LogState,
  entry: Entry,
  offer: OfferEnvelope,
): { state: LogState; outcome: 'open' | 'void' | 'repeated'; voided: string[] } {
  if (findExchange(state, offer.exchange)) return { state, outcome: 'repeated', voided: [] }
  const earlier = openOffer(state, entry.acceptedAt)
  const outcome = earlier !== null && earlier.initiator !== entry.sender ? 'void' : 'open'
  const voided = earlier !== null && outcome === 'open' ? earlier : null
  const record: ExchangeRecord = {
    exchange: offer.exchange,
    initiator: entry.sender,
    offerSeq: entry.seq,
    offerId: entry.id,
    offeredAt: entry.acceptedAt,
    identity: offer.identity,
    key: offer.key,
    state: outcome,
    answer: null,
    prekey: null,
  }
  const kept = voided === null ? state : replaceExchange(state, { ...voided, state: 'void' })
  const exchanges = [...kept.exchanges, record]
  return {
    state: showIdentity({ ...kept, exchanges }, entry.sender, offer.identity),
    outcome,
    voided: voided === null ? [] : [voided.exchange],
  }
}

/**
 * `one-way`: usable from this entry on, by its initiator. `repeated`: its exchange id was seen before; `bad_epoch`: its
 * salt is not one of epoch 1. Both change nothing. Open offers are left as they are.
 */
export function applyPrekey(
  state: LogState,
  entry: Entry,
  envelope: PrekeyEnvelope,
): { state: LogState; outcome: 'one-way' | 'repeated' | 'bad_epoch' } {
  if (findExchange(state, envelope.exchange)) return { state, outcome: 'repeated' }
  if (epochOf(envelope.salt) !== 1) return { state, outcome: 'bad_epoch' }
  const { exchange, identity, key, to, prekey, salt, confirm } = envelope
  const record: ExchangeRecord = {
    exchange,
    initiator: entry.sender,
    offerSeq: entry.seq,
    offerId: entry.id,
    offeredAt: entry.acceptedAt,
    identity,
    key,
    state: 'one-way',
    answer: null,
    prekey: { to, id: prekey, salt, confirm },
  }
  const exchanges = [...state.exchanges, record]
  return { state: showIdentity({ ...state, exchanges }, entry.sender, identity), outcome: 'one-way' }
}

export type AnswerOutcome =
  'established' | 'unknown_offer' | 'own_offer' | 'void_offer' | 'late' | 'not_first' | 'bad_epoch'

/** Anything but `established` changes nothing. */
export function applyAnswer(
  state: LogState,
  entry: Entry,
  answer: AnswerEnvelope,
): { state: LogState; outcome: AnswerOutcome } {
  const offer = findExchange(state, answer.exchange)
  if (!offer) return { state, outcome: 'unknown_offer' }
  if (offer.state === 'one-way') return { state, outcome: 'unknown_offer' }
  if (offer.initiator === entry.sender) return { state, outcome: 'own_offer' }
  if (offer.state === 'established') return { state, outcome: 'not_first' }
  if (offer.state === 'void') return { state, outcome: 'void_offer' }
  if (!isInTime(offer, entry.acceptedAt)) return { state, outcome: 'late' }
  if (epochOf(answer.salt) !== 1) return { state, outcome: 'bad_epoch' }
  const { seq, id, acceptedAt } = entry
  const { identity, key, salt, confirm } = answer
  const established: ExchangeRecord = {
    ...offer,
    state: 'established',
    answer: { seq, id, acceptedAt, identity, key, salt, confirm },
  }
  return {
    state: showIdentity(replaceExchange(state, established), entry.sender, identity),
    outcome: 'established',
  }
}

/**
 * The exchange that `self` seals under: the two-way one established last, unless an offer or prekey envelope of either side
 * stands later in the log, for then somebody has lost it; else the last one-way exchange that `self` began, unless a two-way
 * one was established after it, the other side showed another identity since, or reported it lost. Null: begin one.
 */
export function currentExchange(state: LogState, self: number): ExchangeRecord | null {
  let last: ExchangeRecord | null = null
  for (const record of state.exchanges)
    if (record.state === 'established' && usableSeq(record) > (last === null ? 0 : usableSeq(last)))
      last = record
  const since = last === null ? 0 : usableSeq(last)
  if (last !== null && !state.exchanges.some(({ offerSeq }) => offerSeq > since)) return last
  const oneWay = state.exchanges.findLast((one) => one.state === 'one-way' && one.initiator === self)
  return oneWay && oneWay.offerSeq > since && isForLastIdentity(state, oneWay) ? oneWay : null
}

/** The identity is the one that the directory gave with the prekey, or the log showed after it. */
function isForLastIdentity(
  state: LogState,
  { exchange, initiator, offerSeq, prekey }: ExchangeRecord,
): boolean {
  const responder = initiator === state.lower ? state.higher : state.lower
  if (state.lost.some((report) => report.by === responder && report.exchange === exchange)) return false
  let shownSeq = offerSeq
  let shown = prekey?.to
  for (const record of state.exchanges) {
    const isBegun = record.initiator === responder
    const atSeq = isBegun ? record.offerSeq : (record.answer?.seq ?? 0)
    if (atSeq <= shownSeq) continue
    shownSeq = atSeq
    shown = isBegun ? record.identity : record.answer?.identity
  }
  return shown === prekey?.to
}

/** The exchange under which `sender` may seal, at this place of the log; a one-way exchange is its initiator's alone. */
export function findUsable(state: LogState, exchange: string, sender: number): ExchangeRecord | null {
  const record = findExchange(state, exchange)
  if (record?.state === 'established') return record
  return record?.state === 'one-way' && record.initiator === sender ? record : null
}

/** The `seq` of the entry that made an exchange usable, by which exchanges are ordered; 0: none did. */
export function usableSeq({ state, answer, offerSeq }: ExchangeRecord): number {
  return state === 'one-way' ? offerSeq : (answer?.seq ?? 0)
}

/** The open offer of the other side, if it may still be answered. `nowMs` is the server's clock. */
export function answerableOffer(
  state: LogState,
  { self, nowMs }: { self: number; nowMs: number },
): ExchangeRecord | null {
  const offer = openOffer(state, nowMs)
  return offer === null || offer.initiator === self ? null : offer
}

/** The open offer of either side; there is never more than one. `nowMs` is the server's clock. */
export function openOffer(state: LogState, nowMs: number): ExchangeRecord | null {
  const latestMs = Math.max(nowMs, state.acceptedAt)
  return state.exchanges.findLast((offer) => offer.state === 'open' && isInTime(offer, latestMs)) ?? null
}

function isInTime(offer: ExchangeRecord, atMs: number): boolean {
  return atMs - offer.offeredAt < OFFER_OPEN_MS
}

function findExchange(state: LogState, exchange: string): ExchangeRecord | undefined {
  return state.exchanges.find((record) => record.exchange === exchange)
}

function replaceExchange(state: LogState, record: ExchangeRecord): LogState {
  const exchanges = state.exchanges.map((other) => (other.exchange === record.exchange ? record : other))
  return { ...state, exchanges }
}

function showIdentity(state: LogState, account: number, identity: string): LogState {
  return { ...state, identities: { ...state.identities, [account]: identity } }
}

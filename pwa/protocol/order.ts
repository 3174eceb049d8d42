/**
 * What the log alone decides, alike for both sides and every later reader: which offers are open, which exchange is
 * current, which entries are replays. Pure functions over plain state that a structured clone can store; for every
 * entry `chainEntry` comes first.
 */
import type { AnswerEnvelope, OfferEnvelope, PrekeyEnvelope } from '../../server/wire/envelope.ts'
import type { Entry } from '../../server/wire/log.ts'
import { concat, fromBase64url, toBase64url, u64, utf8 } from './bytes.ts'
import type { LogReference } from './content.ts'
import { epochOf } from './key-set.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ProtocolTools } from './tools.ts'

/** By the server's clock. When it has passed, an offer is no longer open. */
export const OFFER_OPEN_MS = 60_000

/** The answer that established an exchange. */
export interface Answer {
  readonly seq: number
  readonly id: string
  readonly acceptedAt: number
  readonly identity: string
  readonly key: string
  readonly salt: string
  readonly confirm: string
}

/** What a prekey envelope says beyond an offer. */
export interface PrekeyPart {
  /** The responder's identity key that the prekey belongs to. */
  readonly to: string
  /** Prekey id, base64url. */
  readonly id: string
  readonly salt: string
  readonly confirm: string
}

/** An account could not open what the other one sealed under an exchange. */
export interface LostReport {
  readonly by: number
  /** Of the browser that reports. */
  readonly identity: string
  readonly exchange: string
  /** The highest `log.seq` of `by` before the report: up to there, entries had arrived. */
  readonly confirmedSeq: number
}

export interface ExchangeRecord {
  /** Exchange id, base64url. */
  readonly exchange: string
  /** Account id. */
  readonly initiator: number
  /** Of the offer or prekey envelope that began it. */
  readonly offerSeq: number
  readonly offerId: string
  readonly offeredAt: number
  readonly identity: string
  readonly key: string
  /** An offer that was never answered stays `open` here; whether it still can be is a matter of time. */
  readonly state: 'open' | 'void' | 'established' | 'one-way'
  readonly answer: Answer | null
  /** Not null in a one-way exchange. */
  readonly prekey: PrekeyPart | null
}

/** How far a sender has come: the exchange by the `seq` that made it usable, the epoch, the IV. */
export interface Position {
  readonly exchangeSeq: number
  readonly epoch: number
  readonly iv: bigint
  /** Key set id: one epoch number means one key set per sender. */
  readonly keys: string
}

export interface LogState {
  /** The two accounts. */
  readonly lower: number
  readonly higher: number
  /** Of the last entry; 0 before the first. */
  readonly seq: number
  readonly acceptedAt: number
  /** Running hash up to `seq`, base64url. */
  readonly hash: string
  /** In log order. */
  readonly exchanges: readonly ExchangeRecord[]
  /** The last accepted position of each account. */
  readonly positions: Readonly<Record<number, Position | null>>
  /** The identity key that each account showed last in the log. */
  readonly identities: Readonly<Record<number, string | null>>
  /** The highest `log.seq` in a message of each account. */
  readonly lastLogSeq: Readonly<Record<number, number>>
  /** The last message number of each account, and its key set. */
  readonly counts: Readonly<Record<number, { readonly keys: string; readonly n: number } | null>>
  /** In log order; each exchange once for each identity. */
  readonly lost: readonly LostReport[]
}

/** The state before the first entry. Throws `malformed` unless `lower` is below `higher`. */
export async function emptyLog(tools: ProtocolTools, lower: number, higher: number): Promise<LogState> {
  if (lower >= higher) throw new ProtocolError('malformed', 'accounts out of order')
  const start = concat(utf8('letterlock/log/v1'), u64(lower), u64(higher))
  return {
    lower,
    higher,
    seq: 0,
    acceptedAt: 0,
    hash: toBase64url(await tools.primitives.sha256(start)),
    exchanges: [],
    positions: { [lower]: null, [higher]: null },
    identities: { [lower]: null, [higher]: null },
    lastLogSeq: { [lower]: 0, [higher]: 0 },
    counts: { [lower]: null, [higher]: null },
    lost: [],
  }
}

/**
 * Takes the entry into the running hash, whatever it says.
 *
 * Throws `not_contiguous`, `time_falls` and `foreign_sender`; the page must then be pulled again.
 */
export async function chainEntry(tools: ProtocolTools, state: LogState, entry: Entry): Promise<LogState> {
  const { seq, sender, acceptedAt } = entry
  if (seq !== state.seq + 1) throw new ProtocolError('not_contiguous', `entry ${seq} after ${state.seq}`)
  if (acceptedAt < state.acceptedAt) throw new ProtocolError('time_falls')
  if (sender !== state.lower && sender !== state.higher) throw new ProtocolError('foreign_sender')
  const { primitives } = tools
  const entryHash = await primitives.sha256(
    concat(u64(seq), u64(sender), u64(acceptedAt), fromBase64url(entry.id), utf8(entry.envelope)),
  )
  const hash = toBase64url(await primitives.sha256(concat(fromBase64url(state.hash), entryHash)))
  return { ...state, seq, acceptedAt, hash }
}

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

/**
 * Takes the position of a verified entry; a change counts as IV 0 of the epoch it begins. Positions grow strictly in
 * log order: `replay` and `key_set_conflict` are refused and change nothing.
 */
export function acceptPosition(
  state: LogState,
  sender: number,
  position: Position,
): LogState | 'replay' | 'key_set_conflict' {
  const last = state.positions[sender] ?? null
  if (last !== null && !isAfter(position, last)) return 'replay'
  const isSameEpoch = last?.exchangeSeq === position.exchangeSeq && last.epoch === position.epoch
  if (isSameEpoch && last.keys !== position.keys) return 'key_set_conflict'
  const { exchangeSeq, epoch, iv, keys } = position
  return { ...state, positions: { ...state.positions, [sender]: { exchangeSeq, epoch, iv, keys } } }
}

/**
 * Compares what a message says about the log with what this reader saw. `ownHash` is the reader's running hash at
 * `log.seq`, null when it no longer has it. `fork`: the two were shown different logs; `falling`: the sender's browser
 * went back to an older copy.
 */
export function checkLogReference(
  state: LogState,
  sender: number,
  { log, ownHash }: { log: LogReference; ownHash: string | null },
): 'fork' | 'falling' | null {
  if (log.seq >= state.seq) return 'fork'
  if (ownHash !== null && ownHash !== log.hash) return 'fork'
  return log.seq < (state.lastLogSeq[sender] ?? 0) ? 'falling' : null
}

function isAfter(a: Position, b: Position): boolean {
  if (a.exchangeSeq !== b.exchangeSeq) return a.exchangeSeq > b.exchangeSeq
  if (a.epoch !== b.epoch) return a.epoch > b.epoch
  return a.iv > b.iv
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

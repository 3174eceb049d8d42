/**
 * What a reader remembers of a log: plain state that a structured clone can store, and its running hash. `order.ts` and
 * `positions.ts` say how entries change it; `chainEntry` comes first for each of them.
 */
import type { Entry } from '../../server/wire/log.ts'
import { concat, fromBase64url, toBase64url, u64, utf8 } from './bytes.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ProtocolTools } from './tools.ts'

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

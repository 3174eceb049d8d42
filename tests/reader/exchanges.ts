/** What a log decides about exchanges, from `seq`, `acceptedAt` and sender alone: section 2 of the specification. */
import { bytesOf, numberIn } from './bytes.ts'
import type { EnvelopeOf } from './envelopes.ts'

const OPEN_MS = 60_000

export interface Entry {
  readonly seq: number
  readonly id: string
  readonly sender: number
  readonly acceptedAt: number
  readonly envelope: string
}

export interface Exchange {
  readonly id: string
  readonly initiator: number
  readonly begunSeq: number
  readonly offeredAt: number
  /** Public keys of the initiator. */
  readonly identity: string
  readonly key: string
  state: 'open' | 'void' | 'established' | 'one-way'
  /** Of the entry that made it usable. */
  usableSeq: number | null
  /** The responder's identity: of the answer, or that the prekey belongs to. */
  responderIdentity: string | null
}

export const epochOf = (salt: string): bigint => numberIn(bytesOf(salt).subarray(0, 8))

/** The exchanges of one log, as far as it was read. */
export class Exchanges {
  readonly all: Exchange[] = []
  /** Exchange ids, by the account that reported them lost. */
  readonly lostBy = new Map<number, Set<string>>()
  /** The identity that each account showed last. */
  readonly shown = new Map<number, { seq: number; identity: string }>()

  find(id: string): Exchange | undefined {
    return this.all.find((one) => one.id === id)
  }

  open(atMs: number): Exchange | undefined {
    return this.all.find((one) => one.state === 'open' && atMs - one.offeredAt < OPEN_MS)
  }

  offer({ seq, sender, acceptedAt }: Entry, { exchange: id, identity, key }: EnvelopeOf<'offer'>) {
    if (this.find(id)) return { verdict: 'repeated', voided: [] }
    const open = this.open(acceptedAt)
    const verdict = open && open.initiator !== sender ? 'void' : 'open'
    const voided = open && verdict === 'open' ? [open.id] : []
    if (open && verdict === 'open') open.state = 'void'
    this.#begin({ id, initiator: sender, begunSeq: seq, offeredAt: acceptedAt, identity, key }, verdict)
    return { verdict, voided }
  }

  prekey({ seq, sender, acceptedAt }: Entry, envelope: EnvelopeOf<'prekey'>): string {
    const { exchange: id, identity, key, to } = envelope
    if (this.find(id)) return 'repeated'
    if (epochOf(envelope.salt) !== 1n) return 'bad_epoch'
    const begun = { id, initiator: sender, begunSeq: seq, offeredAt: acceptedAt, identity, key }
    Object.assign(this.#begin(begun, 'one-way'), { usableSeq: seq, responderIdentity: to })
    return 'one-way'
  }

  answer({ seq, sender, acceptedAt }: Entry, { exchange: id, identity, salt }: EnvelopeOf<'answer'>): string {
    const offer = this.find(id)
    if (!offer || offer.state === 'one-way') return 'unknown_offer'
    if (offer.initiator === sender) return 'own_offer'
    if (offer.state === 'established') return 'not_first'
    if (offer.state === 'void') return 'void_offer'
    if (acceptedAt - offer.offeredAt >= OPEN_MS) return 'late'
    if (epochOf(salt) !== 1n) return 'bad_epoch'
    Object.assign(offer, { state: 'established', usableSeq: seq, responderIdentity: identity })
    this.shown.set(sender, { seq, identity })
    return 'established'
  }

  #begin(
    begun: Omit<Exchange, 'state' | 'usableSeq' | 'responderIdentity'>,
    state: Exchange['state'],
  ): Exchange {
    const exchange: Exchange = { ...begun, state, usableSeq: null, responderIdentity: null }
    this.all.push(exchange)
    this.shown.set(begun.initiator, { seq: begun.begunSeq, identity: begun.identity })
    return exchange
  }

  /** The exchange that an account seals under. */
  current(account: number, other: number): string | null {
    const established = this.all.filter((one) => one.state === 'established')
    const last = established.toSorted((a, b) => (a.usableSeq ?? 0) - (b.usableSeq ?? 0)).at(-1)
    const since = last?.usableSeq ?? 0
    if (last && this.all.every((one) => one.begunSeq <= since)) return last.id
    const own = this.all.findLast((one) => one.state === 'one-way' && one.initiator === account)
    if (!own || own.begunSeq < since || this.lostBy.get(other)?.has(own.id)) return null
    const shown = this.shown.get(other)
    const isOther =
      shown !== undefined && shown.seq > own.begunSeq && shown.identity !== own.responderIdentity
    return isOther ? null : own.id
  }

  /** The exchange that `sender` may seal under at this place. */
  usableBy(id: string, sender: number): Exchange | null {
    const one = this.find(id)
    if (one?.state === 'established') return one
    return one?.state === 'one-way' && one.initiator === sender ? one : null
  }

  identityIn(one: Exchange, account: number): string | null {
    return one.initiator === account ? one.identity : one.responderIdentity
  }

  /** Takes a report sealed under `under`; returns the exchanges that it newly names. */
  report(by: number, under: Exchange, named: readonly string[], reported: ReadonlySet<string>): string[] {
    const identity = this.identityIn(under, by)
    const first = this.all.find((one) => this.identityIn(one, by) === identity)
    const mayName = (id: string): boolean => {
      const one = this.find(id)
      if (!one || one.usableSeq === null || reported.has(`${identity} ${id}`)) return false
      return this.identityIn(one, by) === identity || (first !== undefined && one.begunSeq < first.begunSeq)
    }
    const taken = [...new Set(named)].filter(mayName)
    this.lostBy.set(by, new Set([...(this.lostBy.get(by) ?? []), ...taken]))
    return taken
  }
}

/** How far each sender has come, and what that shows: section 6 of the specification. */
import type { Content } from './envelopes.ts'

export interface Position {
  /** `seq` of the entry that made the exchange usable. */
  readonly exchangeSeq: number
  readonly epoch: number
  readonly iv: bigint
  readonly keys: string
}

/** One sender in one log. */
export class Sender {
  #position: Position | null = null
  #numbered = { keys: '', n: 0 }
  #logSeq = 0

  /** Highest `log.seq` of its messages. */
  get confirmedSeq(): number {
    return this.#logSeq
  }

  accept(next: Position): 'replay' | 'key_set_conflict' | null {
    const last = this.#position
    if (last && !isAfter(next, last)) return 'replay'
    const isSameEpoch = last?.exchangeSeq === next.exchangeSeq && last.epoch === next.epoch
    if (isSameEpoch && last.keys !== next.keys) return 'key_set_conflict'
    this.#position = next
    return null
  }

  /** What a change claims as the last IV, before it is accepted. */
  faultOfClaim(keys: string, iv: bigint): string[] {
    const last = this.#position?.keys === keys ? this.#position.iv : 0n
    if (iv === last) return []
    return [iv > last ? 'gap' : 'went_back']
  }

  /** What a message says of its number and of the log; then it is remembered with `note`. */
  faultsOf(
    keys: string,
    { n, log }: Content,
    { seq, hashes }: { seq: number; hashes: readonly string[] },
  ): string[] {
    const last = this.#numbered.keys === keys ? this.#numbered.n : 0
    const ofNumber = n > last + 1 ? ['gap'] : n <= last ? ['repeated'] : []
    if (log.seq >= seq || hashes[log.seq] !== log.hash) return [...ofNumber, 'fork']
    return log.seq < this.#logSeq ? [...ofNumber, 'falling'] : ofNumber
  }

  note(keys: string, { n, log }: Content): void {
    const last = this.#numbered.keys === keys ? this.#numbered.n : 0
    this.#numbered = { keys, n: Math.max(n, last) }
    this.#logSeq = Math.max(log.seq, this.#logSeq)
  }
}

function isAfter(a: Position, b: Position): boolean {
  if (a.exchangeSeq !== b.exchangeSeq) return a.exchangeSeq > b.exchangeSeq
  if (a.epoch !== b.epoch) return a.epoch > b.epoch
  return a.iv > b.iv
}

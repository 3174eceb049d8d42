/** The server's prekeys in memory: a stock for each account, each prekey handed out once, and not too many in an hour. */
import { PREKEY_FRESH_MS } from '../../server/commands/publish-prekeys.ts'
import { PREKEYS_MOST, type Prekey } from '../../server/wire/prekey.ts'

const HOUR_MS = 60 * 60_000
const BY_ONE_OF_ONE_MOST = 5

interface Shelved extends Prekey {
  readonly publishedAt: number
  drawnAt: number | null
}

/** What `draw` gives: a prekey, null when there is none, or for how long its limit stands against it. */
export type Draw = { readonly prekey: Prekey | null } | { readonly retryAfterMs: number }

export class PrekeyShelf {
  /** By account. Two accounts draw from each other only, so that one limit is reached before all others. */
  readonly #shelves = new Map<number, Shelved[]>()

  /** How many can still be handed out. */
  count(account: number, nowMs: number): number {
    return this.#stock(account, nowMs).length
  }

  /** Another identity, or private halves that were lost: what was never handed out is thrown away. */
  clear(account: number): void {
    const drawn = this.#all(account).filter(({ drawnAt }) => drawnAt !== null)
    this.#shelves.set(account, drawn)
  }

  /** Adds those that fit and were never there. */
  add(account: number, prekeys: readonly Prekey[], nowMs: number): void {
    const all = this.#all(account)
    const fresh = prekeys.filter(({ id }) => !all.some((one) => one.id === id))
    const room = PREKEYS_MOST - this.count(account, nowMs)
    const added = fresh.slice(0, Math.max(0, room))
    this.#shelves.set(account, [
      ...all,
      ...added.map((one) => ({ ...one, publishedAt: nowMs, drawnAt: null })),
    ])
  }

  draw(account: number, nowMs: number): Draw {
    const [next] = this.#stock(account, nowMs)
    if (!next) return { prekey: null }
    const drawn = this.#all(account).flatMap(({ drawnAt }) => (drawnAt === null ? [] : [drawnAt]))
    const limiting = drawn.toSorted((a, b) => b - a)[BY_ONE_OF_ONE_MOST - 1] ?? -Infinity
    if (limiting > nowMs - HOUR_MS) return { retryAfterMs: limiting + HOUR_MS - nowMs }
    next.drawnAt = nowMs
    return { prekey: { id: next.id, key: next.key } }
  }

  #all(account: number): Shelved[] {
    return this.#shelves.get(account) ?? []
  }

  #stock(account: number, nowMs: number): Shelved[] {
    return this.#all(account).filter(
      ({ publishedAt, drawnAt }) => drawnAt === null && publishedAt >= nowMs - PREKEY_FRESH_MS,
    )
  }
}

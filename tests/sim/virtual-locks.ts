/** Web Locks of one simulated browser: shared and exclusive, waiting with a signal, stealing, and holders that are frozen. */
import { present } from './virtual-globals.ts'
import type { Owner } from './virtual-time.ts'

interface Wish {
  readonly name: string
  readonly mode: LockMode
  readonly owner: Owner
  readonly begin: () => void
  readonly fail: (error: unknown) => void
}

const stolen = (): DOMException => new DOMException('the lock was stolen', 'AbortError')

/** The locks of a browser. Each tab gets its own door to them. */
export class VirtualLocks {
  readonly #held = new Set<Wish>()
  #waiting: Wish[] = []

  /** The `navigator.locks` of a tab. */
  doorFor(owner: Owner): LockManager {
    const request = (name: string, ...rest: unknown[]): Promise<unknown> => {
      const callback = rest.at(-1) as LockGrantedCallback<unknown> // the last argument, by the standard
      const options = (rest.length > 1 ? rest[0] : {}) as LockOptions // the other one, if there are two
      return this.#request(owner, name, options, callback)
    }
    const query = (): Promise<LockManagerSnapshot> =>
      new Promise((resolve) => {
        present.time.after(present.chance.next(), () => resolve(this.#snapshot()), owner)
      })
    return { request, query } as LockManager // its overloads say the same in more ways
  }

  /** The tab is gone: its locks are free, and it waits for none. */
  drop(owner: Owner): void {
    this.#waiting = this.#waiting.filter((wish) => wish.owner !== owner)
    for (const wish of this.#held) if (wish.owner === owner) this.#held.delete(wish)
    this.#grant()
  }

  #request(
    owner: Owner,
    name: string,
    { mode = 'exclusive', signal, steal = false }: LockOptions,
    callback: LockGrantedCallback<unknown>,
  ): Promise<unknown> {
    if (!owner.isAlive) return new Promise(() => undefined)
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const work = async (): Promise<void> => {
        try {
          resolve(await callback({ name, mode }))
        } catch (error) {
          reject(error)
        }
        this.#held.delete(wish)
        this.#grant()
      }
      const wish: Wish = {
        name,
        mode,
        owner,
        begin: () => present.time.after(present.chance.next(), () => void work(), owner),
        fail: reject,
      }
      if (steal) this.#steal(wish)
      else this.#waiting.push(wish)
      signal?.addEventListener('abort', () => {
        if (!this.#waiting.includes(wish)) return
        this.#waiting = this.#waiting.filter((other) => other !== wish)
        reject(signal.reason)
        this.#grant()
      })
      this.#grant()
    })
  }

  #steal(thief: Wish): void {
    for (const wish of this.#held) {
      if (wish.name !== thief.name) continue
      this.#held.delete(wish)
      present.time.after(0, () => wish.fail(stolen()), wish.owner)
    }
    this.#held.add(thief)
    thief.begin()
  }

  #grant(): void {
    for (const wish of this.#waiting) {
      const isBlocked = (other: Wish): boolean =>
        other.name === wish.name && (other.mode === 'exclusive' || wish.mode === 'exclusive')
      const ahead = this.#waiting.slice(0, this.#waiting.indexOf(wish))
      if ([...this.#held].some(isBlocked) || ahead.some(isBlocked)) continue
      this.#waiting = this.#waiting.filter((other) => other !== wish)
      this.#held.add(wish)
      wish.begin()
    }
  }

  #snapshot(): LockManagerSnapshot {
    const show = ({ name, mode }: Wish): LockInfo => ({ name, mode })
    return { held: [...this.#held].map(show), pending: this.#waiting.map(show) }
  }
}

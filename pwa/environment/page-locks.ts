/**
 * Locks of one page, for browsers without Web Locks: its tabs do not know of each other. That costs work done twice, no
 * more, as safety is in the database's transactions.
 */
interface Wish {
  readonly name: string
  readonly mode: LockMode
  readonly begin: () => void
  readonly lose: () => void
}

const toInfo = ({ name, mode }: Wish): LockInfo => ({ name, mode })

/** As much of `navigator.locks` as the client asks for: shared and exclusive locks, `signal` and `steal`. */
export function createPageLocks(): Pick<LockManager, 'request' | 'query'> {
  let held: readonly Wish[] = []
  let waiting: readonly Wish[] = []

  function grant(): void {
    for (const wish of waiting) {
      const ahead = waiting.slice(0, waiting.indexOf(wish))
      if ([...held, ...ahead].some((other) => excludes(other, wish))) continue
      waiting = waiting.filter((other) => other !== wish)
      held = [...held, wish]
      wish.begin()
    }
  }

  function release(wish: Wish): void {
    held = held.filter((other) => other !== wish)
    grant()
  }

  function steal(name: string): void {
    for (const wish of held.filter((other) => other.name === name)) {
      held = held.filter((other) => other !== wish)
      wish.lose()
    }
  }

  function request<T>(name: string, options: LockOptions, work: LockGrantedCallback<T>): Promise<T> {
    const { mode = 'exclusive', signal } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const run = async (): Promise<void> => {
        try {
          resolve(await work({ name, mode }))
        } catch (error) {
          reject(error)
        } finally {
          release(wish)
        }
      }
      const lose = () => reject(new DOMException('The lock was stolen.', 'AbortError'))
      const wish: Wish = { name, mode, begin: () => void run(), lose }
      if (options.steal) steal(name)
      waiting = options.steal ? [wish, ...waiting] : [...waiting, wish]
      signal?.addEventListener('abort', () => {
        if (!waiting.includes(wish)) return
        waiting = waiting.filter((other) => other !== wish)
        reject(signal.reason)
        grant()
      })
      grant()
    })
  }

  return {
    request: <T>(
      name: string,
      optionsOrWork: LockOptions | LockGrantedCallback<T>,
      work?: LockGrantedCallback<T>,
    ) =>
      typeof optionsOrWork === 'function'
        ? request(name, {}, optionsOrWork)
        : request(name, optionsOrWork, work as LockGrantedCallback<T>), // given whenever options are
    query: () => Promise.resolve({ held: held.map(toInfo), pending: waiting.map(toInfo) }),
  }
}

const excludes = (one: Wish, other: Wish): boolean =>
  one.name === other.name && (one.mode === 'exclusive' || other.mode === 'exclusive')

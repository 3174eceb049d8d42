/** Locks between the tabs and the worker of one browser. They save work; safety is in the database's transactions. */

/** After this long the holder is taken for frozen. */
const LOCK_MOST_MS = 10_000

interface Wish {
  readonly locks: LockManager
  readonly name: string
  readonly mode?: LockMode
  /** Ends the waiting, not the work. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs `work` while nobody else in this browser holds `name`. A frozen tab keeps its lock, so after 10 s it is taken over:
 * that may cost work done twice.
 */
export const holdLock = <T>(wish: Wish, work: () => Promise<T>): Promise<T> =>
  holdOr(wish, work, () => wish.locks.request(wish.name, { steal: true }, work))

/** The same, but where the lock cannot be had within 10 s, it stays where it is and `work` runs without it. */
export const holdLockIfFree = <T>(wish: Wish, work: () => Promise<T>): Promise<T> => holdOr(wish, work, work)

async function holdOr<T>(
  { locks, name, mode = 'exclusive', signal }: Wish,
  work: () => Promise<T>,
  orElse: () => Promise<T>,
): Promise<T> {
  let isHeld = false
  const run = (): Promise<T> => {
    isHeld = true
    return work()
  }
  const patience = AbortSignal.timeout(LOCK_MOST_MS)
  const ended = signal ? AbortSignal.any([signal, patience]) : patience
  try {
    return await locks.request(name, { mode, signal: ended }, run)
  } catch (error) {
    if (isHeld || signal?.aborted || !patience.aborted) throw error
    return orElse()
  }
}

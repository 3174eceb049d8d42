/** Locks between the tabs and the worker of one browser. They save work; safety is in the database's transactions. */

/** After this long the holder is taken for frozen. */
const LOCK_MOST_MS = 10_000

/**
 * Runs `work` while nobody else in this browser holds `name`. A frozen tab keeps its lock, so after 10 s it is taken over:
 * that may cost work done twice. `signal` ends the waiting, not the work.
 */
export async function holdLock<T>(
  { locks, name, signal }: { locks: LockManager; name: string; signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  let isHeld = false
  const run = (): Promise<T> => {
    isHeld = true
    return work()
  }
  const patience = AbortSignal.timeout(LOCK_MOST_MS)
  try {
    return await locks.request(name, { signal: signal ? AbortSignal.any([signal, patience]) : patience }, run)
  } catch (error) {
    if (isHeld || signal?.aborted || !patience.aborted) throw error
    return locks.request(name, { steal: true }, run)
  }
}

/** Bounds how much expensive work runs and waits at a time. */
import { refuse } from '../errors.ts'

export type WorkQueue = <T>(work: () => Promise<T>) => Promise<T>

/** At most `running` works at once and `waiting` more in line; beyond that, throws `busy`. */
export function createWorkQueue({ running, waiting }: { running: number; waiting: number }): WorkQueue {
  let active = 0
  const line: (() => void)[] = []
  return async (work) => {
    if (active >= running) {
      if (line.length >= waiting) throw refuse('busy')
      // The work before hands its place on, so `active` stays as it is.
      await new Promise<void>((resolve) => line.push(resolve))
    } else active++
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else active--
    }
  }
}

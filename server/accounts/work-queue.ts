/** Bounds how much expensive work runs and waits at a time. */
import { refuse } from '../errors.ts'

export interface WorkQueue {
  /** Does the work in its turn. Throws `busy` when too many wait. */
  run<T>(work: () => Promise<T>): Promise<T>
  readonly load: () => Load
}
/** How many works run and wait now. */
export interface Load {
  readonly running: number
  readonly waiting: number
}

/** At most `running` works at once and `waiting` more in line; beyond that, throws `busy`. */
export function createWorkQueue({ running, waiting }: Load): WorkQueue {
  let active = 0
  const line: (() => void)[] = []
  return {
    load: () => ({ running: active, waiting: line.length }),
    async run(work) {
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
    },
  }
}

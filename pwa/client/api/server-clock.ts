/** The server's clock as this browser estimates it: the one-minute rule is about the server's time, never about ours. */

export interface ServerClock {
  /** Milliseconds since 1970 by the server's clock; null until the server was heard once. */
  now(): number | null
  /** Nothing better was heard yet than an answer on its way for seconds: by half of that, `now` may be wrong. */
  isVague(): boolean
  /** Call it before asking the server, and what it returns with the server's time as soon as that is heard. */
  ask(): (serverNow: number) => void
}

/** A page that was frozen while an answer was on its way may be wrong by minutes. */
const ERROR_MOST_MS = 2_000

/** `monotonicMs` never jumps, unlike the wall clock, which people and time servers set. */
export function createServerClock(monotonicMs: () => number): ServerClock {
  let best: { offset: number; error: number; at: number } | null = null
  return {
    now: () => (best ? monotonicMs() + best.offset : null),
    isVague: () => best !== null && best.error > ERROR_MOST_MS,
    ask() {
      const askedAt = monotonicMs()
      return (serverNow) => {
        const heardAt = monotonicMs()
        const error = (heardAt - askedAt) / 2
        const isStale = best !== null && heardAt - best.at > 10 * 60_000
        if (best && !isStale && error > best.error && Math.abs(heardAt + best.offset - serverNow) < 5_000)
          return
        best = { offset: serverNow + error - heardAt, error, at: heardAt }
      }
    },
  }
}

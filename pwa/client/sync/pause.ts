/** Pauses between attempts, by this device's clock, which people and time servers set. */

/** Milliseconds that are left of a pause. One that begins later than now is over: the clock was set back since. */
export const restOfPause = (sinceMs: number, pauseMs: number, nowMs: number): number =>
  sinceMs > nowMs ? 0 : Math.max(0, sinceMs + pauseMs - nowMs)

/** A proxy that delays, cuts, repeats and reorders what one person asks and is told. */
import type { Randomness } from '../sim/randomness.ts'
import {
  isAppend,
  isPull,
  isStream,
  type Call,
  type FaultProxy,
  type Treatment,
} from '../support/fault-proxy.ts'
import { DisturbedEvents } from './disturb-events.ts'

/** Requests that overtake each other come out of delays that differ. */
const DELAY_MOST_MS = 400
const AGAIN_MOST_MS = 800
/** A call that nobody answers costs its whole time limit, so there are few. */
const HANG_CHANCE = 0.01

export interface Interference {
  /** How many requests and streams were interfered with. */
  readonly faults: () => number
  /** All goes through from now on; `isCut`: and what is open breaks. */
  readonly end: (isCut: boolean) => void
}

export function interfere(net: FaultProxy, randomness: Randomness): Interference {
  let isOver = false
  let faults = 0
  const lastPulls = new Map<string, string>()

  function treat(call: Call): Treatment {
    if (randomness.isLikely(HANG_CHANCE)) return { kind: 'hang' }
    if (isStream(call)) return disturbStream()
    if (isPull(call)) return disturbPull(call)
    if (isAppend(call)) return disturbAppend()
    return disturbCall()
  }

  function disturbStream(): Treatment {
    if (randomness.isLikely(0.2)) return { kind: 'refuse' }
    return { ...late(), through: new DisturbedEvents(randomness, () => isOver) }
  }

  const disturbPull = ({ path }: Call): Treatment =>
    randomness.pick([
      () => late(),
      () => ({ ...late(), rewrite: (body: string) => answerOfBefore(path, body) }),
      disturbCall,
    ])()

  const disturbAppend = (): Treatment =>
    randomness.pick([
      () => late(),
      () => ({ ...late(), againAfterMs: randomness.whole(0, AGAIN_MOST_MS) }),
      disturbCall,
    ])()

  const disturbCall = (): Treatment =>
    randomness.pick<Treatment>([
      { kind: 'pass' },
      { kind: 'pass' },
      { kind: 'refuse' },
      { kind: 'lose-answer' },
      { kind: 'answer', status: 502 },
      late(),
    ])

  const late = (): Treatment & { kind: 'pass' } => ({
    kind: 'pass',
    beforeMs: randomness.whole(0, DELAY_MOST_MS),
    afterMs: randomness.whole(0, DELAY_MOST_MS),
  })

  /** As out of a cache that should not be there. */
  function answerOfBefore(path: string, body: string): string {
    const before = lastPulls.get(path)
    lastPulls.set(path, body)
    return before ?? body
  }

  net.treat((call) => {
    const treatment = treat(call)
    if (treatment.kind !== 'pass' || Object.keys(treatment).length > 1) faults += 1
    return treatment
  })
  return {
    faults: () => faults,
    end(isCut) {
      isOver = true
      net.mend()
      if (isCut) net.cut()
    },
  }
}

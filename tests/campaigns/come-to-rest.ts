/** Waits for a conversation to come to rest. */
import { setTimeout as delay } from 'node:timers/promises'
import { findFaults, isFinal, type Evidence } from './evidence.ts'

/**
 * At least 90 s: a stream that says nothing is given up after 45 s, a call after 20 s, and a tab waits up to 8 s between its
 * tries. Looks are counted, so that a machine that stands still for a while takes nothing away.
 */
const LOOKS_MOST = 180
const LOOK_EVERY_MS = 500

/** Gathers until the evidence shows no fault, or one that more time would not mend. */
export async function comeToRest(gather: () => Promise<Evidence>): Promise<Evidence> {
  for (let looks = 1; ; looks++) {
    const evidence = await gather()
    const faults = findFaults(evidence)
    if (faults.length === 0 || faults.some(isFinal) || looks === LOOKS_MOST) return evidence
    await delay(LOOK_EVERY_MS)
  }
}

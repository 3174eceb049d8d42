import { setTimeout as delay } from 'node:timers/promises'

const WITHIN_MS = 30_000

/** Asks every 50 ms until the answer is not null, an error counting as null; throws after 30 s with `what` was waited for. */
export async function askUntil<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadlineMs = Date.now() + WITHIN_MS
  while (Date.now() < deadlineMs) {
    const answer = await ask().catch(() => null)
    if (answer !== null) return answer
    await delay(50)
  }
  throw new Error(`waited ${WITHIN_MS} ms in vain: ${what}`)
}

/** How often something may be done in a while, kept in the database: for all servers, and over restarts. */
import { createHmac } from 'node:crypto'
import type { Queryable } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuseFor } from '../errors.ts'
import { insertRateCount, lockRateCount, writeRateCount } from '../stores/rate-counts.ts'
import type { ErrorCode } from '../wire/errors.ts'

export const REGISTRATION_WINDOW_MS = 60 * 60_000
export const ENTRY_WINDOW_MS = 60_000

export interface Rate {
  readonly what: 'registrations' | 'entries'
  /** The network address or account that does it. */
  readonly by: string
  /** How much is done now. */
  readonly amount: number
  readonly most: number
  readonly windowMs: number
  readonly refusal: ErrorCode
}

/**
 * Counts what is about to be done. The first in a while begins a window; throws `refusal`, with the time until the next
 * window, when this one would hold more than `most`.
 */
export async function countRate(
  trx: Queryable,
  { secrets, clock }: Pick<Deps, 'secrets' | 'clock'>,
  { what, by, amount, most, windowMs, refusal }: Rate,
): Promise<void> {
  if (amount === 0) return
  const key = createHmac('sha256', secrets.lookupPepper.current.bytes).update(`rate ${what} ${by}`).digest()
  const now = clock()
  const known = await lockRateCount(trx, key)
  if (known === null) return insertRateCount(trx, key, { done: amount, countedSince: now })
  if (known.countedSince + windowMs <= now)
    return writeRateCount(trx, key, { done: amount, countedSince: now })
  if (known.done + amount > most) throw refuseFor(refusal, known.countedSince + windowMs - now)
  return writeRateCount(trx, key, { done: known.done + amount, countedSince: known.countedSince })
}

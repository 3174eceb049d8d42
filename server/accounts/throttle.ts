/**
 * How often a name may be tried with wrong secrets. Everything is kept in the database, so that it holds for all servers and
 * over restarts; names that nobody has are counted alike.
 *
 * [Note: Reserve, then judge] An attempt is counted as failed, with the wait after it, before anything is judged; only then
 * its secrets are looked at, and success takes the count back. However many guesses arrive at once, no more are judged than
 * may be.
 */
import { createHmac } from 'node:crypto'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse, refuseFor } from '../errors.ts'
import {
  type AddressKey,
  addAddressFailure,
  countAddressFailures,
  forgetAddressFailures,
  forgetFailures,
  lockThrottle,
  noteWrong,
  takeBackAddressFailure,
  takeBackFailure,
  writeThrottle,
  type ThrottleKey,
  type ThrottleRow,
} from '../stores/throttles.ts'
import { DEVICE_MS } from '../session-limits.ts'
import { isKnownDevice } from '../stores/known-devices.ts'
import { groupAddress } from './address-group.ts'

/** Failures in a row for one account: 100 in all, as SP 800-63B 5.2.2 has it. */
export const BUDGETS = { unknown: 50, known: 30, recovery: 20 } as const
/** Which of an account's budgets an attempt is counted on: a browser never seen, one signed in before, a recovery. */
export type Budget = keyof typeof BUDGETS

const FREE_FAILURES = 10
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 60 * 60_000
/** The hash of no cookie. */
const NO_DEVICE = Buffer.alloc(32)
/** Failures of an address count for this long. */
export const ADDRESS_WINDOW_MS = 60 * 60_000

/** Where an attempt comes from. */
export interface Caller {
  readonly address: string
  /** The SHA-256 of its device cookie, if it has one. */
  readonly device: Buffer | null
}

export interface Attempt {
  readonly username: string
  readonly budget: Budget
  /** The caller's network address. */
  readonly address: string
  /** So many failures of the name or the address, and the attempt is refused: a captcha has to come first. */
  readonly captchaAfter?: number
}

/**
 * What became of an attempt. `full-success`: password and second factor, which clears the account's failures;
 * `partial-success`: right, but less than both, so only this attempt is taken back; `not-judged`: the server could not look
 * at it.
 */
export type Outcome = 'full-success' | 'partial-success' | 'wrong-password' | 'wrong-code' | 'not-judged'

export interface Reservation {
  /** Call once. Returns how many wrong codes came with the right password since the last full success. */
  settle(outcome: Outcome): Promise<number>
}

export type ThrottleDeps = Pick<Deps, 'db' | 'secrets' | 'clock' | 'config'>

/**
 * Reserves an attempt; judge its secrets afterwards and settle it, whatever comes of it. Throws too_many_attempts with the
 * time to wait, attempts_spent when the budget is used up, and captcha_required.
 */
export async function reserveAttempt(deps: ThrottleDeps, attempt: Attempt): Promise<Reservation> {
  const { db, clock, config } = deps
  const key: ThrottleKey = { nameKey: keyOf(deps, 'name', attempt.username), budget: attempt.budget }
  const from = { addressKey: keyOf(deps, 'address', groupAddress(attempt.address)), nameKey: key.nameKey }
  const now = clock()
  const reserved = await inTransaction(db, async (trx) => {
    const row = await lockThrottle(trx, key)
    refuseWhileWaiting(row, attempt.budget, now)
    const { failures, oldest } = await countAddressFailures(trx, from.addressKey, now - ADDRESS_WINDOW_MS)
    if (failures >= config.addressFailuresPerHour)
      throw refuseFor('too_many_attempts', oldest + ADDRESS_WINDOW_MS - now)
    if (Math.max(row.failures, failures) >= (attempt.captchaAfter ?? Infinity))
      throw refuse('captcha_required')
    const counted = row.failures + 1
    await writeThrottle(trx, key, { failures: counted, waitUntil: waitUntil(counted, now) })
    await addAddressFailure(trx, from, { now, since: now - ADDRESS_WINDOW_MS })
    return counted
  })
  return { settle: (outcome) => settleAttempt(deps, { key, from, reserved, outcome }) }
}

interface Settlement {
  readonly key: ThrottleKey
  readonly from: AddressKey
  /** The count of failures that was written with the reservation. */
  readonly reserved: number
  readonly outcome: Outcome
}

function settleAttempt(
  { db, clock }: ThrottleDeps,
  { key, from, reserved, outcome }: Settlement,
): Promise<number> {
  return inTransaction(db, async (trx) => {
    if (outcome === 'wrong-password' || outcome === 'wrong-code')
      return noteWrong(trx, key, { outcome, reserved, waitUntil: waitUntil(reserved, clock()) })
    if (outcome === 'full-success') {
      await forgetFailures(trx, key.nameKey)
      await forgetAddressFailures(trx, from)
    } else {
      await takeBackFailure(trx, key, reserved)
      await takeBackAddressFailure(trx, from)
    }
    return 0
  })
}

/** Reserves an attempt, has it judged and settles it, also when judging throws. Throws as `reserveAttempt` and `judge` do. */
export async function judgeThrottled(
  deps: ThrottleDeps,
  attempt: Attempt,
  judge: () => Promise<Outcome>,
): Promise<{ outcome: Outcome; wrongCodes: number }> {
  const reservation = await reserveAttempt(deps, attempt)
  const outcome = await judge().catch(async (error: unknown) => {
    await reservation.settle('not-judged')
    throw error
  })
  return { outcome, wrongCodes: await reservation.settle(outcome) }
}

/** The budget for a login to an account; null for a name that nobody has, which costs the same query. */
export async function findBudget(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  account: number | null,
  device: Buffer | null,
): Promise<Budget> {
  const sought = { keyHash: device ?? NO_DEVICE, account: account ?? 0, since: clock() - DEVICE_MS }
  return (await isKnownDevice(db, sought)) ? 'known' : 'unknown'
}

function refuseWhileWaiting(row: ThrottleRow, budget: Budget, now: number): void {
  if (row.failures >= BUDGETS[budget]) throw refuseFor('attempts_spent', LONGEST_WAIT_MS)
  if (row.waitUntil !== null && row.waitUntil > now) throw refuseFor('too_many_attempts', row.waitUntil - now)
}

/** When the next attempt may come after this many failures: ten are free, then 30 s, doubling up to an hour. */
function waitUntil(failures: number, now: number): number | null {
  if (failures < FREE_FAILURES) return null
  return now + Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), LONGEST_WAIT_MS)
}

const keyOf = ({ secrets }: ThrottleDeps, what: 'name' | 'address', text: string): Buffer =>
  createHmac('sha256', secrets.lookupPepper.current.bytes).update(`throttle ${what} `).update(text).digest()

/** Failed attempts, by name and by network address. */
import type { Queryable } from '../database.ts'
import { isDuplicate, RetryTransaction } from '../database.ts'

export interface ThrottleKey {
  readonly nameKey: Buffer
  readonly budget: string
}
export interface ThrottleRow {
  readonly failures: number
  readonly waitUntil: number | null
}
export interface AddressKey {
  readonly addressKey: Buffer
  readonly nameKey: Buffer
}

const throttle = (db: Queryable, { nameKey, budget }: ThrottleKey) =>
  db('throttles').where({ name_key: nameKey, budget })

/**
 * The row of a name, held until the transaction ends; made when there is none. Throws RetryTransaction when another made it
 * at the same moment.
 */
export async function lockThrottle(db: Queryable, key: ThrottleKey): Promise<ThrottleRow> {
  const row = await throttle(db, key)
    .forUpdate()
    .first<ThrottleRow | undefined>('failures', { waitUntil: 'wait_until' })
  if (row) return row
  const { nameKey, budget } = key
  const fresh = { failures: 0, wrong_passwords: 0, wrong_codes: 0 }
  await insertOrRetry(db('throttles').insert({ name_key: nameKey, budget, ...fresh }))
  return { failures: 0, waitUntil: null }
}

export async function writeThrottle(db: Queryable, key: ThrottleKey, row: ThrottleRow): Promise<void> {
  await throttle(db, key).update({ failures: row.failures, wait_until: row.waitUntil })
}

/**
 * Records which secret was wrong, and moves the wait to the end of judging unless another attempt was counted since. Returns
 * the wrong codes that came with the right password, over all budgets of the name.
 */
export async function noteWrong(
  db: Queryable,
  key: ThrottleKey,
  wrong: { outcome: 'wrong-password' | 'wrong-code'; reserved: number; waitUntil: number | null },
): Promise<number> {
  await throttle(db, key).increment(wrong.outcome === 'wrong-code' ? 'wrong_codes' : 'wrong_passwords', 1)
  await throttle(db, key).where({ failures: wrong.reserved }).update({ wait_until: wrong.waitUntil })
  const rows = await db('throttles')
    .where({ name_key: key.nameKey })
    .select<{ wrongCodes: number }[]>({ wrongCodes: 'wrong_codes' })
  return rows.reduce((sum, row) => sum + row.wrongCodes, 0)
}

/** Takes one reserved failure back, and its wait unless another attempt was counted since. */
export async function takeBackFailure(db: Queryable, key: ThrottleKey, reserved: number): Promise<void> {
  await throttle(db, key).where({ failures: reserved }).update({ wait_until: null })
  await throttle(db, key).where('failures', '>', 0).decrement('failures', 1)
}

/** Clears every budget of a name. */
export async function forgetFailures(db: Queryable, nameKey: Buffer): Promise<void> {
  await db('throttles').where({ name_key: nameKey }).delete()
}

/** The failures of an address that were counted after `since`; `oldest` is when the first of them was. */
export async function countAddressFailures(
  db: Queryable,
  addressKey: Buffer,
  since: number,
): Promise<{ failures: number; oldest: number }> {
  const rows = await db('address_failures')
    .where({ address_key: addressKey })
    .where('counted_since', '>', since)
    .select<{ failures: number; countedSince: number }[]>('failures', { countedSince: 'counted_since' })
  return {
    failures: rows.reduce((sum, row) => sum + row.failures, 0),
    oldest: rows.reduce((oldest, row) => Math.min(oldest, row.countedSince), Infinity),
  }
}

/** Counts one more; a count that began at or before `since` begins anew. Throws RetryTransaction as above. */
export async function addAddressFailure(
  db: Queryable,
  { addressKey, nameKey }: AddressKey,
  { now, since }: { now: number; since: number },
): Promise<void> {
  const counts = db('address_failures').where({ address_key: addressKey, name_key: nameKey })
  await counts.clone().where('counted_since', '<=', since).delete()
  if ((await counts.clone().increment('failures', 1)) === 1) return
  const row = { address_key: addressKey, name_key: nameKey, failures: 1, counted_since: now }
  await insertOrRetry(db('address_failures').insert(row))
}

export async function takeBackAddressFailure(
  db: Queryable,
  { addressKey, nameKey }: AddressKey,
): Promise<void> {
  await db('address_failures')
    .where({ address_key: addressKey, name_key: nameKey })
    .where('failures', '>', 0)
    .decrement('failures', 1)
}

export async function forgetAddressFailures(
  db: Queryable,
  { addressKey, nameKey }: AddressKey,
): Promise<void> {
  await db('address_failures').where({ address_key: addressKey, name_key: nameKey }).delete()
}

/** Removes counts that began at or before a time. */
export async function deleteOldAddressFailures(db: Queryable, since: number): Promise<void> {
  await db('address_failures').where('counted_since', '<=', since).delete()
}

async function insertOrRetry(insert: PromiseLike<unknown>): Promise<void> {
  try {
    await insert
  } catch (error) {
    throw isDuplicate(error) ? new RetryTransaction() : error
  }
}

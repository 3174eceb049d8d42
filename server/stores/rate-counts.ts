/** How often something was done within a time: by an address, by an account. */
import { type Queryable, isDuplicate, RetryTransaction } from '../database.ts'

export interface RateCount {
  readonly done: number
  readonly countedSince: number
}

const rate = (db: Queryable, key: Buffer) => db('rate_counts').where({ rate_key: key })

/** The count under a key, held until the transaction ends; null: none. */
export async function lockRateCount(db: Queryable, key: Buffer): Promise<RateCount | null> {
  const row = await rate(db, key)
    .forUpdate()
    .first<RateCount | undefined>('done', { countedSince: 'counted_since' })
  return row ?? null
}

/** Throws RetryTransaction when another made it at the same moment. */
export async function insertRateCount(db: Queryable, key: Buffer, count: RateCount): Promise<void> {
  try {
    await db('rate_counts').insert({ rate_key: key, done: count.done, counted_since: count.countedSince })
  } catch (error) {
    throw isDuplicate(error) ? new RetryTransaction() : error
  }
}

export async function writeRateCount(db: Queryable, key: Buffer, count: RateCount): Promise<void> {
  await rate(db, key).update({ done: count.done, counted_since: count.countedSince })
}

/** Removes counts that began at or before a time. */
export async function deleteOldRateCounts(db: Queryable, since: number): Promise<void> {
  await db('rate_counts').where('counted_since', '<=', since).delete()
}

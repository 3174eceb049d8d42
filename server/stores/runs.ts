/** The run token each install swapped in last. */
import type { Queryable } from '../database.ts'
import { isDuplicate, RetryTransaction } from '../database.ts'

/** The token, held until the transaction ends; null: a new install. */
export async function lockRunToken(db: Queryable, account: number, install: Buffer): Promise<Buffer | null> {
  const row = await db('runs')
    .where({ account, install })
    .forUpdate()
    .first<{ token: Buffer } | undefined>('token')
  return row?.token ?? null
}

interface Run {
  readonly account: number
  readonly install: Buffer
  readonly token: Buffer
  readonly now: number
}

/** Throws RetryTransaction when another request made the row at the same moment. */
export async function insertRunToken(db: Queryable, { account, install, token, now }: Run): Promise<void> {
  try {
    await db('runs').insert({ account, install, token, swapped_at: now })
  } catch (error) {
    throw isDuplicate(error) ? new RetryTransaction() : error
  }
}

export async function replaceRunToken(db: Queryable, { account, install, token, now }: Run): Promise<void> {
  await db('runs').where({ account, install }).update({ token, swapped_at: now })
}

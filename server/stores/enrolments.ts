/** Enrolments under way: one for each pre-session at most, with the authenticators made for it so far. */
import type { Queryable } from '../database.ts'
import { isDuplicate, RetryTransaction } from '../database.ts'

export interface EnrolmentRow {
  readonly account: number
  readonly username: string
  readonly begunAt: number
  readonly confirmedAt: number | null
}

/** Throws RetryTransaction when the same pre-session began another at the same moment. */
export async function insertEnrolment(
  db: Queryable,
  { session, account, username, now }: { session: Buffer; account: number; username: string; now: number },
): Promise<void> {
  try {
    await db('enrolments').insert({ session, account, username, begun_at: now })
  } catch (error) {
    throw isDuplicate(error) ? new RetryTransaction() : error
  }
}

/** The enrolment of a pre-session, held until the transaction ends; null: none. */
export async function lockEnrolment(db: Queryable, session: Buffer): Promise<EnrolmentRow | null> {
  const row = await db('enrolments')
    .where({ session })
    .forUpdate()
    .first<EnrolmentRow | undefined>('account', 'username', {
      begunAt: 'begun_at',
      confirmedAt: 'confirmed_at',
    })
  return row ?? null
}

export async function markEnrolmentConfirmed(db: Queryable, session: Buffer, now: number): Promise<void> {
  await db('enrolments').where({ session }).update({ confirmed_at: now })
}

/** Removes the enrolment and keeps what was made for it: the account is active now. */
export async function finishEnrolment(db: Queryable, session: Buffer): Promise<void> {
  await db('enrolments').where({ session }).delete()
}

/** Removes an enrolment that came to nothing, with everything that was made for it. */
export async function discardEnrolment(db: Queryable, session: Buffer): Promise<void> {
  const enrolment = await lockEnrolment(db, session)
  if (enrolment === null) return
  const { account } = enrolment
  await finishEnrolment(db, session)
  await db('recovery_codes').whereIn('list', db('recovery_lists').where({ account }).select('id')).delete()
  await db('recovery_lists').where({ account }).delete()
  await db('totp_authenticators').where({ account }).delete()
  await db('passwords').where({ account }).delete()
  await db('accounts').where({ id: account }).whereNull('activated_at').delete()
}

/** Pre-sessions whose enrolment began at or before a time. */
export async function listEnrolmentsBegunBy(db: Queryable, time: number): Promise<Buffer[]> {
  const rows = await db('enrolments').where('begun_at', '<=', time).select<{ session: Buffer }[]>('session')
  return rows.map((row) => row.session)
}

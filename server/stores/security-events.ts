/** What was done to an account's means of signing in. Rows are only ever added. */
import type { Origin } from '../accounts/origin.ts'
import type { Queryable } from '../database.ts'
import type { SecurityEventKind } from '../wire/security.ts'

export interface SecurityEventRow extends Origin {
  readonly id: number
  readonly at: number
  readonly kind: SecurityEventKind
  /** The session in which it happened; null for none. */
  readonly session: number | null
}

export async function insertSecurityEvent(
  db: Queryable,
  account: number,
  { id, at, kind, session, address, userAgent }: SecurityEventRow,
): Promise<void> {
  await db('security_events').insert({ id, account, at, kind, session, address, user_agent: userAgent })
}

/** The newest `most`, newest first. */
export async function listSecurityEvents(
  db: Queryable,
  account: number,
  most: number,
): Promise<SecurityEventRow[]> {
  return db('security_events')
    .where({ account })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(most)
    .select<SecurityEventRow[]>('id', 'at', 'kind', 'session', 'address', { userAgent: 'user_agent' })
}

export interface MovedSecurity {
  readonly account: number
  /** Of the newest event. */
  readonly at: number
}

/** The accounts that something was done to since a time. */
export async function listMovedSecurity(db: Queryable, since: number): Promise<MovedSecurity[]> {
  return db('security_events')
    .where('at', '>=', since)
    .groupBy('account')
    .select<MovedSecurity[]>('account')
    .max({ at: 'at' })
}

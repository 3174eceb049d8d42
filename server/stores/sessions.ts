/** Login sessions and pre-sessions, by the SHA-256 of their cookie's value. */
import type { Queryable } from '../database.ts'

export interface SessionRow {
  readonly keyHash: Buffer
  /** Null: a pre-session. */
  readonly account: number | null
  readonly authenticatedAt: number
  readonly lastActiveAt: number
  /** Somebody else knows the account's password: nothing may be done but change it and log out. */
  readonly mustChangePassword: boolean
}
/** Rows whose time stands at or before these are at their end. */
export interface SessionEnds {
  readonly idleSince: number
  readonly absoluteSince: number
  readonly preSessionSince: number
}

export async function insertSession(
  db: Queryable,
  row: Omit<SessionRow, 'mustChangePassword'>,
): Promise<void> {
  await db('sessions').insert({
    key_hash: row.keyHash,
    account: row.account,
    aal: row.account === null ? 0 : 2,
    authenticated_at: row.authenticatedAt,
    last_active_at: row.lastActiveAt,
  })
}

/** Null: none, or revoked. Says nothing about its time. */
export async function findSession(db: Queryable, keyHash: Buffer): Promise<SessionRow | null> {
  const row = await db('sessions')
    .leftJoin('accounts', 'accounts.id', 'sessions.account')
    .where({ key_hash: keyHash })
    .whereNull('revoked_at')
    .first<(SessionRow & { compromisedAt: number | null }) | undefined>('account', {
      keyHash: 'key_hash',
      authenticatedAt: 'authenticated_at',
      lastActiveAt: 'last_active_at',
      compromisedAt: 'password_compromised_at',
    })
  if (!row) return null
  const { compromisedAt, ...session } = row
  return { ...session, mustChangePassword: compromisedAt !== null }
}

/** Revokes all sessions of an account. */
export async function revokeSessionsOf(db: Queryable, account: number, now: number): Promise<void> {
  await db('sessions').where({ account }).whereNull('revoked_at').update({ revoked_at: now })
}

export async function revokeSession(db: Queryable, keyHash: Buffer, now: number): Promise<void> {
  await db('sessions').where({ key_hash: keyHash }).whereNull('revoked_at').update({ revoked_at: now })
}

export async function moveLastActive(db: Queryable, keyHash: Buffer, now: number): Promise<void> {
  await db('sessions')
    .where({ key_hash: keyHash })
    .whereNull('revoked_at')
    .where('last_active_at', '<', now)
    .update({ last_active_at: now })
}

/** Revokes every session that is at its end. */
export async function revokeEndedSessions(db: Queryable, ends: SessionEnds, now: number): Promise<void> {
  await db('sessions')
    .whereNotNull('account')
    .whereNull('revoked_at')
    .where((ended) => {
      void ended
        .where('last_active_at', '<=', ends.idleSince)
        .orWhere('authenticated_at', '<=', ends.absoluteSince)
    })
    .update({ revoked_at: now })
}

/** Removes the pre-sessions that are at their end, and the revoked sessions that would be by now. */
export async function deleteOldSessions(db: Queryable, ends: SessionEnds): Promise<void> {
  await db('sessions').where('authenticated_at', '<=', ends.preSessionSince).whereNull('account').delete()
  await db('sessions').where('authenticated_at', '<=', ends.absoluteSince).whereNotNull('revoked_at').delete()
}

/** Of the given sessions, those that are not revoked. */
export async function listLiveSessions(db: Queryable, keyHashes: readonly Buffer[]): Promise<Buffer[]> {
  if (keyHashes.length === 0) return []
  const rows = await db('sessions')
    .whereIn('key_hash', keyHashes)
    .whereNull('revoked_at')
    .select<{ key_hash: Buffer }[]>('key_hash')
  return rows.map((row) => row.key_hash)
}

/** Login sessions and pre-sessions, by the SHA-256 of their cookie's value. */
import type { Origin } from '../accounts/origin.ts'
import type { Queryable } from '../database.ts'

export interface SessionRow {
  readonly keyHash: Buffer
  /** Null: a pre-session. */
  readonly account: number | null
  readonly authenticatedAt: number
  readonly lastActiveAt: number
  /** Names the session in its account's own list; null for a pre-session, and for sessions from before there was a list. */
  readonly id: number | null
  /** When both factors were last proved; null for never. */
  readonly steppedUpAt: number | null
  /** Somebody else knows the account's password: nothing may be done but change it and log out. */
  readonly mustChangePassword: boolean
}
/** A session as its account sees it. */
export interface ListedSession extends Origin {
  readonly id: number
  readonly begunAt: number
  readonly lastActiveAt: number
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
  origin: Origin | null = null,
): Promise<void> {
  await db('sessions').insert({
    key_hash: row.keyHash,
    account: row.account,
    aal: row.account === null ? 0 : 2,
    authenticated_at: row.authenticatedAt,
    last_active_at: row.lastActiveAt,
    id: row.id,
    begun_at: row.authenticatedAt,
    stepped_up_at: row.steppedUpAt,
    address: origin?.address ?? null,
    user_agent: origin?.userAgent ?? null,
  })
}

/** The session goes on under the hash and with the times of `row`. False: it has ended meanwhile. */
export async function renewSession(db: Queryable, previous: Buffer, row: SessionRow): Promise<boolean> {
  const changed = await db('sessions').where({ key_hash: previous }).whereNull('revoked_at').update({
    key_hash: row.keyHash,
    previous_key_hash: previous,
    authenticated_at: row.authenticatedAt,
    last_active_at: row.lastActiveAt,
    stepped_up_at: row.steppedUpAt,
  })
  return changed === 1
}

/** Whether a session that goes on had this hash before its last renewal. */
export async function wasRenewed(db: Queryable, keyHash: Buffer): Promise<boolean> {
  const row = await db('sessions')
    .where({ previous_key_hash: keyHash })
    .whereNull('revoked_at')
    .first('key_hash')
  return row !== undefined
}

const liveSessions = (db: Queryable, account: number) =>
  db('sessions').where({ account }).whereNull('revoked_at').whereNotNull('id')

/** Sessions of an account that have not ended by `ends`, the last active one first. */
export async function listSessions(
  db: Queryable,
  account: number,
  ends: SessionEnds,
): Promise<ListedSession[]> {
  return liveSessions(db, account)
    .where('last_active_at', '>', ends.idleSince)
    .where('authenticated_at', '>', ends.absoluteSince)
    .orderBy('last_active_at', 'desc')
    .select<ListedSession[]>('id', 'address', {
      begunAt: 'begun_at',
      lastActiveAt: 'last_active_at',
      userAgent: 'user_agent',
    })
}

/** Revokes all sessions of an account but `except`; returns the hashes of those that it ended. */
export async function revokeSessionsOf(
  db: Queryable,
  account: number,
  { except, now }: { except: Buffer | null; now: number },
): Promise<Buffer[]> {
  const live = await db('sessions')
    .where({ account })
    .whereNull('revoked_at')
    .select<{ key_hash: Buffer }[]>('key_hash')
  const ended = live.map((row) => row.key_hash).filter((hash) => except === null || !hash.equals(except))
  await db('sessions').whereIn('key_hash', ended).update({ revoked_at: now })
  return ended
}

/** The hash of an account's session by its id; null: it has none such that goes on. */
export async function findSessionById(db: Queryable, account: number, id: number): Promise<Buffer | null> {
  const row = await liveSessions(db, account)
    .where({ id })
    .first<{ key_hash: Buffer } | undefined>('key_hash')
  return row?.key_hash ?? null
}

/** Null: none, or revoked, or of an account that is locked. Says nothing about its time. */
export async function findSession(db: Queryable, keyHash: Buffer): Promise<SessionRow | null> {
  const row = await db('sessions')
    .leftJoin('accounts', 'accounts.id', 'sessions.account')
    .where({ key_hash: keyHash })
    .whereNull('revoked_at')
    .whereNull('locked_at')
    .first<(SessionRow & { compromisedAt: number | null }) | undefined>('account', {
      id: 'sessions.id',
      keyHash: 'key_hash',
      authenticatedAt: 'authenticated_at',
      lastActiveAt: 'last_active_at',
      steppedUpAt: 'stepped_up_at',
      compromisedAt: 'password_compromised_at',
    })
  if (!row) return null
  const { compromisedAt, ...session } = row
  return { ...session, mustChangePassword: compromisedAt !== null }
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

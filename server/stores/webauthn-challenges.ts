/** Challenges that wait for a passkey or security key: one for each session or pre-session, each answered once. */
import type { Queryable } from '../database.ts'

/** `create`: for a new key. `prove`: for one that is bound. */
export type ChallengePurpose = 'create' | 'prove'
export interface ChallengeRow {
  readonly purpose: ChallengePurpose
  /** 32 bytes. */
  readonly challenge: Uint8Array
  readonly begunAt: number
}

/** Takes the place of one that was begun before in the session. */
export async function putChallenge(db: Queryable, session: Buffer, row: ChallengeRow): Promise<void> {
  const { purpose, challenge, begunAt } = row
  await db('webauthn_challenges')
    .insert({ session, purpose, challenge, begun_at: begunAt })
    .onConflict('session')
    .merge()
}

/** Uses the challenge of a session up and gives it; null: there is none for this purpose that was begun after `since`. */
export async function takeChallenge(
  db: Queryable,
  { session, purpose, since }: { session: Buffer; purpose: ChallengePurpose; since: number },
): Promise<Buffer | null> {
  const fresh = db('webauthn_challenges').where({ session, purpose }).where('begun_at', '>', since)
  const row = await fresh.clone().first<{ challenge: Buffer } | undefined>('challenge')
  if (!row) return null
  return (await fresh.where({ challenge: row.challenge }).delete()) === 1 ? row.challenge : null
}

/** Removes those that were begun at or before a time. */
export async function deleteOldChallenges(db: Queryable, since: number): Promise<void> {
  await db('webauthn_challenges').where('begun_at', '<=', since).delete()
}

/** Secrets for one-time codes that were shown and not proved yet: one for each account at most. */
import type { SealedTotpSecret } from '../accounts/one-time-codes.ts'
import type { Queryable } from '../database.ts'

export interface TotpReplacementRow extends SealedTotpSecret {
  /** Id that the authenticator will have. */
  readonly authenticator: number
  readonly begunAt: number
}

/** Takes the place of one that was begun before. The account's row is to be locked. */
export async function putTotpReplacement(
  db: Queryable,
  account: number,
  row: TotpReplacementRow,
): Promise<void> {
  await removeTotpReplacement(db, account)
  await db('totp_replacements').insert({
    account,
    authenticator: row.authenticator,
    key_id: row.keyId,
    nonce: row.nonce,
    ciphertext: row.ciphertext,
    begun_at: row.begunAt,
  })
}

/** Null: none was begun. */
export async function findTotpReplacement(
  db: Queryable,
  account: number,
): Promise<TotpReplacementRow | null> {
  const row = await db('totp_replacements')
    .where({ account })
    .first<TotpReplacementRow | undefined>('authenticator', 'nonce', 'ciphertext', {
      keyId: 'key_id',
      begunAt: 'begun_at',
    })
  return row ?? null
}

export async function removeTotpReplacement(db: Queryable, account: number): Promise<void> {
  await db('totp_replacements').where({ account }).delete()
}

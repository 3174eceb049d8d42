/** What an account signs in with: its password, its secret for one-time codes, its recovery codes. */
import type { SealedTotpSecret } from '../accounts/one-time-codes.ts'
import type { StoredPassword } from '../accounts/password-hash.ts'
import type { StoredRecoveryCode } from '../accounts/recovery-codes.ts'
import type { Queryable } from '../database.ts'
import type { Authenticator } from '../wire/security.ts'
import { listWebauthn } from './webauthn-authenticators.ts'

export interface TotpRow extends SealedTotpSecret {
  readonly id: number
  readonly lastStep: number | null
  /** Null while its codes are accepted. */
  readonly suspendedAt: number | null
}
export interface NextRecoveryCode extends StoredRecoveryCode {
  readonly list: number
}

export async function insertPassword(
  db: Queryable,
  { account, stored, now }: { account: number; stored: StoredPassword; now: number },
): Promise<void> {
  await db('passwords').insert({ account, set_at: now, ...passwordColumns(stored) })
}

/** Takes the place of the password before, with whatever was known against that one. */
export async function setPassword(
  db: Queryable,
  { account, stored, now }: { account: number; stored: StoredPassword; now: number },
): Promise<void> {
  await removePassword(db, account)
  await insertPassword(db, { account, stored, now })
  await db('accounts').where({ id: account }).update({ password_compromised_at: null })
}

export async function removePassword(db: Queryable, account: number): Promise<void> {
  await db('passwords').where({ account }).delete()
}

export async function findPassword(db: Queryable, account: number): Promise<StoredPassword | null> {
  const row = await db('passwords').where({ account }).first<StoredPassword | undefined>('tag', {
    pepperId: 'pepper_id',
    scryptSalt: 'scrypt_salt',
    scryptCost: 'scrypt_cost',
    scryptBlockSize: 'scrypt_block_size',
    scryptParallelization: 'scrypt_parallelization',
    bcryptSalt: 'bcrypt_salt',
  })
  return row ?? null
}

/** Keeps the same password in another way, unless it was changed meanwhile. */
export async function replacePassword(
  db: Queryable,
  { account, before, stored }: { account: number; before: StoredPassword; stored: StoredPassword },
): Promise<void> {
  await db('passwords').where({ account, tag: before.tag }).update(passwordColumns(stored))
}

const passwordColumns = (stored: StoredPassword) => ({
  pepper_id: stored.pepperId,
  scrypt_salt: stored.scryptSalt,
  scrypt_cost: stored.scryptCost,
  scrypt_block_size: stored.scryptBlockSize,
  scrypt_parallelization: stored.scryptParallelization,
  bcrypt_salt: stored.bcryptSalt,
  tag: stored.tag,
})

export async function insertTotp(
  db: Queryable,
  {
    id,
    account,
    name,
    sealed,
    now,
  }: { id: number; account: number; name: string | null; sealed: SealedTotpSecret; now: number },
): Promise<void> {
  const { keyId, nonce, ciphertext } = sealed
  await db('totp_authenticators').insert({
    id,
    account,
    name,
    key_id: keyId,
    nonce,
    ciphertext,
    bound_at: now,
  })
}

/** All that are not revoked, those that are suspended included, oldest first. */
export async function listTotp(db: Queryable, account: number): Promise<TotpRow[]> {
  return presentTotp(db, account).orderBy('bound_at').select<TotpRow[]>('id', 'nonce', 'ciphertext', {
    keyId: 'key_id',
    lastStep: 'last_step',
    suspendedAt: 'suspended_at',
  })
}

/** Keeps the same secret under another key. */
export async function replaceTotpSecret(
  db: Queryable,
  id: number,
  { keyId, nonce, ciphertext }: SealedTotpSecret,
): Promise<void> {
  await db('totp_authenticators').where({ id }).update({ key_id: keyId, nonce, ciphertext })
}

const presentTotp = (db: Queryable, account: number) =>
  db('totp_authenticators').where({ account }).whereNull('revoked_at')

/** Accepts no code of this secret any more; the row stays as a record. False: the account has no such that is not revoked. */
export async function revokeTotp(
  db: Queryable,
  account: number,
  { id, now }: { id: number; now: number },
): Promise<boolean> {
  return (await presentTotp(db, account).where({ id }).update({ revoked_at: now })) === 1
}

export async function revokeAllTotp(db: Queryable, account: number, now: number): Promise<void> {
  await presentTotp(db, account).update({ revoked_at: now })
}

/** Uses up a time step and all before it. False: it was used already, or its app is suspended. */
export async function consumeTotpStep(db: Queryable, id: number, step: number): Promise<boolean> {
  const changed = await db('totp_authenticators')
    .where({ id })
    .whereNull('revoked_at')
    .whereNull('suspended_at')
    .where((still) => {
      void still.whereNull('last_step').orWhere('last_step', '<', step)
    })
    .update({ last_step: step })
  return changed === 1
}

export async function insertRecoveryList(
  db: Queryable,
  {
    list,
    account,
    codes,
    now,
  }: { list: number; account: number; codes: readonly StoredRecoveryCode[]; now: number },
): Promise<void> {
  await db('recovery_lists').insert({ id: list, account, bound_at: now })
  await db('recovery_codes').insert(
    codes.map(({ number, pepperId, salt, tag }) => ({ list, number, pepper_id: pepperId, salt, tag })),
  )
}

/** Revokes every recovery list of an account; the rows stay as a record. */
export async function revokeRecoveryLists(db: Queryable, account: number, now: number): Promise<void> {
  await db('recovery_lists').where({ account }).whereNull('revoked_at').update({ revoked_at: now })
}

const unusedCodes = (db: Queryable, account: number) =>
  db('recovery_codes')
    .join('recovery_lists', 'recovery_lists.id', 'recovery_codes.list')
    .where({ account })
    .whereNull('recovery_lists.revoked_at')
    .whereNull('used_at')

/** The first code of the account's list that is not used up: the only one that is accepted. */
export async function findNextRecoveryCode(db: Queryable, account: number): Promise<NextRecoveryCode | null> {
  const row = await unusedCodes(db, account)
    .orderBy('number')
    .first<NextRecoveryCode | undefined>('list', 'number', 'salt', 'tag', { pepperId: 'pepper_id' })
  return row ?? null
}

/** False: it was used already. */
export async function consumeRecoveryCode(
  db: Queryable,
  { list, number, now }: { list: number; number: number; now: number },
): Promise<boolean> {
  return (
    (await db('recovery_codes').where({ list, number }).whereNull('used_at').update({ used_at: now })) === 1
  )
}

export async function countRecoveryCodesLeft(db: Queryable, account: number): Promise<number> {
  const row = await unusedCodes(db, account).count<{ count: number }[]>({ count: '*' })
  return row[0]?.count ?? 0
}

export interface AuthenticatorRow {
  readonly type: Authenticator['type']
  readonly boundAt: number
  readonly revokedAt: number | null
  readonly suspendedAt: number | null
  /** Null for all but authenticator apps. */
  readonly app: Authenticator['app']
  /** Null for all but passkeys and security keys. */
  readonly key: Authenticator['key']
}

const NO_DEVICE = { suspendedAt: null, app: null, key: null }
type Times = Pick<AuthenticatorRow, 'boundAt' | 'revokedAt'>

/** All that are or have been bound to an account, newest first. Of passwords only the present one is kept. */
export async function listAuthenticators(db: Queryable, account: number): Promise<AuthenticatorRow[]> {
  const times = { boundAt: 'bound_at', revokedAt: 'revoked_at' }
  const passwords = await db('passwords')
    .where({ account })
    .select<{ boundAt: number }[]>({ boundAt: 'set_at' })
  const totp = await db('totp_authenticators')
    .where({ account })
    .select<(Times & Pick<AuthenticatorRow, 'suspendedAt'> & { id: number; name: string | null })[]>(
      'id',
      'name',
      {
        ...times,
        suspendedAt: 'suspended_at',
      },
    )
  const lists = await db('recovery_lists').where({ account }).select<Times[]>(times)
  const keys = await listWebauthn(db, account)
  const rows: AuthenticatorRow[] = [
    ...passwords.map((row) => ({ type: 'password', ...row, revokedAt: null, ...NO_DEVICE }) as const),
    ...totp.map(
      ({ id, name, ...row }) => ({ type: 'totp', ...NO_DEVICE, ...row, app: { id, name } }) as const,
    ),
    ...keys.map(
      ({ boundAt, revokedAt, suspendedAt, ...key }) =>
        ({ type: 'webauthn', boundAt, revokedAt, suspendedAt, app: null, key }) as const,
    ),
    ...lists.map((row) => ({ type: 'recovery-codes', ...row, ...NO_DEVICE }) as const),
  ]
  return rows.sort((one, other) => other.boundAt - one.boundAt)
}

/** The ids of the keys that rows were made with, by purpose. */
export async function listKeysInUse(
  db: Queryable,
): Promise<{ passwordPepper: number[]; lookupPepper: number[]; totpEncryption: number[] }> {
  const ids = async (table: string, column: string): Promise<number[]> => {
    const rows = await db(table).distinct<{ id: number }[]>({ id: column })
    return rows.map((row) => row.id)
  }
  return {
    passwordPepper: await ids('passwords', 'pepper_id'),
    lookupPepper: [
      ...(await ids('recovery_codes', 'pepper_id')),
      ...(await ids('webauthn_authenticators', 'pepper_id')),
    ],
    totpEncryption: await ids('totp_authenticators', 'key_id'),
  }
}

/** Passkeys and security keys. Rows are added, used and revoked, and never removed. */
import type { BoundKey } from '../accounts/webauthn-seal.ts'
import type { Queryable } from '../database.ts'
import { isDuplicate } from '../database.ts'

export interface WebauthnRow extends BoundKey {
  readonly account: number
  /** How often it was used, by its own count; 0 for keys that do not count. */
  readonly counter: number
}
export interface NewWebauthnRow extends WebauthnRow {
  readonly name: string
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
  /** 16 bytes that say which make of authenticator it is; zeros where it does not say. */
  readonly aaguid: Uint8Array
  readonly boundAt: number
}

/** False: there is, or was, one with this credential id. */
export async function insertWebauthn(db: Queryable, row: NewWebauthnRow): Promise<boolean> {
  try {
    await db('webauthn_authenticators').insert({
      id: row.id,
      account: row.account,
      name: row.name,
      credential_id: row.credentialId,
      public_key: row.publicKey,
      pepper_id: row.pepperId,
      tag: row.tag,
      counter: row.counter,
      is_backup_eligible: Number(row.isBackupEligible),
      is_backed_up: Number(row.isBackedUp),
      aaguid: row.aaguid,
      bound_at: row.boundAt,
    })
    return true
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

const presentKeys = (db: Queryable, account: number) =>
  db('webauthn_authenticators').where({ account }).whereNull('revoked_at')

const usableKeys = (db: Queryable, account: number) => presentKeys(db, account).whereNull('suspended_at')

/** Credential ids of the keys that are not revoked, those that are suspended included, oldest first. */
export const listCredentialIds = (db: Queryable, account: number): Promise<Buffer[]> =>
  readCredentialIds(presentKeys(db, account))

/** Credential ids of the keys that sign in, oldest first. */
export const listUsableCredentialIds = (db: Queryable, account: number): Promise<Buffer[]> =>
  readCredentialIds(usableKeys(db, account))

async function readCredentialIds(keys: ReturnType<typeof presentKeys>): Promise<Buffer[]> {
  const rows = await keys.orderBy('bound_at').select<{ id: Buffer }[]>({ id: 'credential_id' })
  return rows.map((row) => row.id)
}

/** Null: the account has no such key that signs in. */
export async function findWebauthn(
  db: Queryable,
  account: number,
  credentialId: Uint8Array,
): Promise<WebauthnRow | null> {
  const row = await usableKeys(db, account)
    .where({ credential_id: credentialId })
    .first<WebauthnRow | undefined>('id', 'account', 'tag', 'counter', {
      credentialId: 'credential_id',
      publicKey: 'public_key',
      pepperId: 'pepper_id',
    })
  return row ?? null
}

/** Records a use. False: the key was revoked or suspended meanwhile, or its count has come as far already. */
export async function useWebauthn(
  db: Queryable,
  id: number,
  { counter, isBackedUp, now }: { counter: number; isBackedUp: boolean; now: number },
): Promise<boolean> {
  const changed = await db('webauthn_authenticators')
    .where({ id })
    .whereNull('revoked_at')
    .whereNull('suspended_at')
    .where((ahead) => {
      void ahead.where('counter', '<', counter)
      // Keys that do not count say 0 each time.
      if (counter === 0) void ahead.orWhere({ counter: 0 })
    })
    .update({ counter, is_backed_up: Number(isBackedUp), last_used_at: now })
  return changed === 1
}

/** Takes no proof of this key any more. False: the account has no such key that is not revoked. */
export async function revokeWebauthn(
  db: Queryable,
  account: number,
  { id, now }: { id: number; now: number },
): Promise<boolean> {
  return (await presentKeys(db, account).where({ id }).update({ revoked_at: now })) === 1
}

export async function revokeAllWebauthn(db: Queryable, account: number, now: number): Promise<void> {
  await presentKeys(db, account).update({ revoked_at: now })
}

export interface ListedWebauthn {
  readonly id: number
  readonly name: string
  readonly isSynced: boolean
  readonly boundAt: number
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
  readonly suspendedAt: number | null
}

/** All that are or have been bound to an account. */
export async function listWebauthn(db: Queryable, account: number): Promise<ListedWebauthn[]> {
  const rows = await db('webauthn_authenticators')
    .where({ account })
    .select<(Omit<ListedWebauthn, 'isSynced'> & { isEligible: number })[]>('id', 'name', {
      isEligible: 'is_backup_eligible',
      boundAt: 'bound_at',
      lastUsedAt: 'last_used_at',
      revokedAt: 'revoked_at',
      suspendedAt: 'suspended_at',
    })
  return rows.map(({ isEligible, ...row }) => ({ ...row, isSynced: isEligible === 1 }))
}

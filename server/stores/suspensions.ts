/** Authenticator apps and keys that were reported as lost: they stay bound, and sign in no more until they are taken back. */
import type { Queryable } from '../database.ts'
import { countRecoveryCodesLeft, listTotp } from './authenticators.ts'
import { listUsableCredentialIds } from './webauthn-authenticators.ts'

const TABLES = ['totp_authenticators', 'webauthn_authenticators'] as const

/** False: the account has no such app or key that is not revoked, or it is suspended already. */
export async function suspendAuthenticator(
  db: Queryable,
  account: number,
  { id, now }: { id: number; now: number },
): Promise<boolean> {
  const counts = TABLES.map((table) =>
    db(table)
      .where({ account, id })
      .whereNull('revoked_at')
      .whereNull('suspended_at')
      .update({ suspended_at: now }),
  )
  return (await sum(counts)) === 1
}

/** All apps and keys of an account. Returns how many. */
export async function suspendAll(db: Queryable, account: number, now: number): Promise<number> {
  return sum(
    TABLES.map((table) =>
      db(table)
        .where({ account })
        .whereNull('revoked_at')
        .whereNull('suspended_at')
        .update({ suspended_at: now }),
    ),
  )
}

/** Takes a suspension back. False: the account has no such app or key that is suspended. */
export async function reactivateAuthenticator(db: Queryable, account: number, id: number): Promise<boolean> {
  const counts = TABLES.map((table) =>
    db(table)
      .where({ account, id })
      .whereNull('revoked_at')
      .whereNotNull('suspended_at')
      .update({ suspended_at: null }),
  )
  return (await sum(counts)) === 1
}

/** Whether anything is left that signs in beside the password. */
export async function hasSecondFactor(db: Queryable, account: number): Promise<boolean> {
  const apps = await listTotp(db, account)
  if (apps.some(({ suspendedAt }) => suspendedAt === null)) return true
  if ((await listUsableCredentialIds(db, account)).length > 0) return true
  return (await countRecoveryCodesLeft(db, account)) > 0
}

async function sum(counts: readonly PromiseLike<number>[]): Promise<number> {
  let total = 0
  for (const count of counts) total += await count
  return total
}

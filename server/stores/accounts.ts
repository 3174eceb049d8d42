/** Accounts, and the identity keys they have published. */
import type { Queryable } from '../database.ts'
import { isDuplicate } from '../database.ts'

export interface AccountRow {
  readonly id: number
  readonly username: string
}
export interface ContactRow extends AccountRow {
  /** 97 bytes, or null before the first one is published. */
  readonly identity: Buffer | null
}
export interface IdentityRow {
  readonly number: number
  readonly publicKey: Buffer
  readonly publishedAt: number
}

/** An account that is being enrolled: no name yet, and nobody can sign in to it. */
export async function insertPendingAccount(db: Queryable, id: number, now: number): Promise<void> {
  await db('accounts').insert({ id, created_at: now })
}

/** Gives the account its name for ever. False: another account has it. */
export async function activateAccount(
  db: Queryable,
  { id, username, now }: AccountRow & { now: number },
): Promise<boolean> {
  try {
    return (
      (await db('accounts')
        .where({ id })
        .whereNull('activated_at')
        .update({ username, activated_at: now })) === 1
    )
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

export async function isUsernameTaken(db: Queryable, username: string): Promise<boolean> {
  return (await db('accounts').where({ username }).first('id')) !== undefined
}

/** Null: no active account has this name. */
export async function findAccountByName(db: Queryable, username: string): Promise<AccountRow | null> {
  return (
    (await activeAccounts(db).where({ username }).first<AccountRow | undefined>('id', 'username')) ?? null
  )
}

/** As `findAccountByName`; null also where the operator lets nobody sign in. */
export async function findOpenAccountByName(db: Queryable, username: string): Promise<AccountRow | null> {
  const row = await activeAccounts(db)
    .where({ username })
    .whereNull('locked_at')
    .first<AccountRow | undefined>('id', 'username')
  return row ?? null
}

/** Lets nobody sign in since `lockedAt`; null: lets them again. */
export async function setAccountLocked(db: Queryable, id: number, lockedAt: number | null): Promise<void> {
  await activeAccounts(db).where({ id }).update({ locked_at: lockedAt })
}

export interface ListedAccount {
  readonly username: string
  readonly createdAt: number
  readonly lockedAt: number | null
  readonly deletedAt: number | null
  /** How many are not revoked. */
  readonly sessions: number
}

/** Every account that has, or had, a name, in the order of their names. */
export async function listAccounts(db: Queryable): Promise<ListedAccount[]> {
  const live = db('sessions').whereNull('revoked_at').whereNotNull('account').as('live')
  return db('accounts')
    .leftJoin(live.select('account', 'key_hash'), 'live.account', 'accounts.id')
    .whereNotNull('username')
    .groupBy('accounts.id', 'username', 'created_at', 'locked_at', 'deleted_at')
    .orderBy('username')
    .select<ListedAccount[]>('username', {
      createdAt: 'created_at',
      lockedAt: 'locked_at',
      deletedAt: 'deleted_at',
    })
    .count({ sessions: 'live.key_hash' })
}

/** Null: no active account has this id. */
export async function findAccount(db: Queryable, id: number): Promise<AccountRow | null> {
  return (await activeAccounts(db).where({ id }).first<AccountRow | undefined>('id', 'username')) ?? null
}

/** The password is known to somebody else since `now`, or since an earlier time that is kept. */
export async function markPasswordCompromised(db: Queryable, id: number, now: number): Promise<void> {
  await db('accounts')
    .where({ id })
    .whereNull('password_compromised_at')
    .update({ password_compromised_at: now })
}

/** Whether the account is active; holds its row until the transaction ends. */
export async function lockAccount(db: Queryable, id: number): Promise<boolean> {
  return (await activeAccounts(db).where({ id }).forUpdate().first('id')) !== undefined
}

/** The row and its name stay, so that nobody is ever given that name again. */
export async function markAccountDeleted(db: Queryable, id: number, now: number): Promise<void> {
  await activeAccounts(db).where({ id }).update({ deleted_at: now })
}

export async function hasAccounts(db: Queryable): Promise<boolean> {
  return (await db('accounts').first('id')) !== undefined
}

const activeAccounts = (db: Queryable) => db('accounts').whereNotNull('activated_at').whereNull('deleted_at')

/** The identity key published last; null before the first. */
export async function findIdentity(db: Queryable, account: number): Promise<IdentityRow | null> {
  const row = await db('identities')
    .where({ account })
    .orderBy('number', 'desc')
    .first<IdentityRow | undefined>('number', { publicKey: 'public_key', publishedAt: 'published_at' })
  return row ?? null
}

export async function insertIdentity(db: Queryable, account: number, row: IdentityRow): Promise<void> {
  await db('identities').insert({
    account,
    number: row.number,
    public_key: row.publicKey,
    published_at: row.publishedAt,
  })
}

/** An account with its identity key, as others see it. */
export async function withIdentity(db: Queryable, account: AccountRow | null): Promise<ContactRow | null> {
  if (account === null) return null
  return { ...account, identity: (await findIdentity(db, account.id))?.publicKey ?? null }
}

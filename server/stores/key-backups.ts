/** Key backups: one for each account at most, opaque to the server. */
import type { Queryable } from '../database.ts'

export interface KeyBackupRow {
  readonly text: string
  readonly savedAt: number
}

/** Null: none is kept. */
export async function findKeyBackup(db: Queryable, account: number): Promise<KeyBackupRow | null> {
  const row = await db('key_backups')
    .where({ account })
    .first<KeyBackupRow | undefined>('text', { savedAt: 'saved_at' })
  return row ?? null
}

/** When the backup of an account was stored; null: none is kept. */
export async function findKeyBackupTime(db: Queryable, account: number): Promise<number | null> {
  const row = await db('key_backups')
    .where({ account })
    .first<{ savedAt: number } | undefined>({ savedAt: 'saved_at' })
  return row?.savedAt ?? null
}

/** Takes the place of the one before. The account's row is to be locked. */
export async function putKeyBackup(
  db: Queryable,
  account: number,
  { text, savedAt }: KeyBackupRow,
): Promise<void> {
  await removeKeyBackup(db, account)
  await db('key_backups').insert({ account, text, saved_at: savedAt })
}

export async function removeKeyBackup(db: Queryable, account: number): Promise<void> {
  await db('key_backups').where({ account }).delete()
}

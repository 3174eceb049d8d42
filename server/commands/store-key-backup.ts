import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { lockAccount } from '../stores/accounts.ts'
import { findKeyBackupTime, putKeyBackup } from '../stores/key-backups.ts'

/**
 * Keeps a key backup in the place of the one that its writer knows. Throws key_backup_conflict when another was stored
 * meanwhile: it may hold keys that the new one lacks. Returns when it was stored, later than the one before.
 */
export function storeKeyBackup(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { account, text, replaces }: { account: number; text: string; replaces: number | null },
): Promise<number> {
  return inTransaction(db, async (trx) => {
    await lockAccount(trx, account)
    const before = await findKeyBackupTime(trx, account)
    if (before !== replaces) throw refuse('key_backup_conflict')
    const savedAt = Math.max(clock(), (before ?? 0) + 1)
    await putKeyBackup(trx, account, { text, savedAt })
    return savedAt
  })
}

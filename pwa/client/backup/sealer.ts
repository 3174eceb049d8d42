/** What seals this browser's backups. The vault keeps it, so that a backup is made again without code or passphrase. */
import type { BackupLock, BackupRoot } from '../../protocol/backup.ts'
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import type { OpenAccount } from '../open-account.ts'

export interface BackupSealer extends BackupRoot {
  /** Also kept on the server, and renewed there when keys change. */
  readonly isOnServer: boolean
}

/** Null: no backups are made here. */
export async function readSealer({ vault }: OpenAccount): Promise<BackupSealer | null> {
  const item = await vault.backupSealer()
  if (!item) return null
  return {
    root: fromBase64url(String(item['root'])),
    lock: item['lock'] as BackupLock, // only storeSealer writes this item
    isOnServer: item['isOnServer'] === true,
  }
}

export const storeSealer = (
  { vault }: OpenAccount,
  { root, lock, isOnServer }: BackupSealer,
): Promise<void> => vault.storeBackupSealer({ root: toBase64url(root), lock, isOnServer })

import { storeKeyBackup } from '../commands/store-key-backup.ts'
import type { Deps } from '../deps.ts'
import { findKeyBackup, findKeyBackupTime, removeKeyBackup } from '../stores/key-backups.ts'
import type { Handlers } from './call.ts'

type KeyBackupRoutes = Pick<Handlers, 'keyBackup' | 'keyBackupState' | 'storeKeyBackup' | 'removeKeyBackup'>

/** The account's key backup, which only its owner's code or passphrase opens. */
export function keyBackupRoutes(deps: Deps): KeyBackupRoutes {
  const { db } = deps
  return {
    keyBackup: async ({ account }) => ({ backup: await findKeyBackup(db, account) }),
    keyBackupState: async ({ account }) => ({ savedAt: await findKeyBackupTime(db, account) }),
    async storeKeyBackup({ account, body: { text, replaces } }) {
      return { savedAt: await storeKeyBackup(deps, { account, text, replaces }) }
    },
    async removeKeyBackup({ account }) {
      await removeKeyBackup(db, account)
      return {}
    },
  }
}

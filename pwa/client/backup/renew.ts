/** Renews the backup on the server by itself when keys change. */
import { BackupError, openBackup, readBackup } from '../../protocol/backup.ts'
import { Refused } from '../api/http.ts'
import { withLock, type OpenAccount } from '../open-account.ts'
import { digestItems, makeBackup, noteBackup, readBackupRow } from './make-backup.ts'
import { readSealer, type BackupSealer } from './sealer.ts'

/** Keys mostly change several at a time. */
const PAUSE_MS = 2_000
const CONFLICTS_MOST = 3

/** Renews now and whenever this tab wrote keys, until the account is closed. What fails is tried at the next occasion. */
export function startBackupLoop(open: OpenAccount): { renewSoon: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const renewSoon = (): void => {
    clearTimeout(timer)
    if (open.signal.aborted) return
    timer = setTimeout(() => void renewBackup(open).catch(open.noteFailure), PAUSE_MS)
  }
  const stop = open.vault.writes.subscribe(renewSoon)
  open.signal.addEventListener('abort', () => {
    clearTimeout(timer)
    stop()
  })
  return { renewSoon }
}

/**
 * Stores what the vault holds in the place of the backup on the server, if that is wanted and not so already. A backup that
 * another browser stored with the same code is taken in first; one of another code stays, and the person is told.
 * Throws `Refused` and `Unreachable`.
 */
export function renewBackup(open: OpenAccount): Promise<void> {
  return withLock(open, 'backup', async () => {
    for (let conflicts = 0; conflicts < CONFLICTS_MOST; conflicts += 1) {
      const sealer = await readSealer(open)
      const row = await readBackupRow(open.database)
      if (!sealer?.isOnServer || row.isReplaced || open.vault.keys.value.state !== 'present') return
      if (row.server?.digest === (await digestItems(open, open.vault.backupItems()))) return
      if (await store(open, sealer, row.server?.savedAt ?? null)) return
      await takeIn(open, sealer)
    }
  })
}

/** False: another backup was stored meanwhile. */
async function store(open: OpenAccount, sealer: BackupSealer, replaces: number | null): Promise<boolean> {
  const { text, digest } = await makeBackup(open, sealer)
  try {
    const { savedAt } = await open.api.call('storeKeyBackup', { body: { text, replaces } })
    await noteBackup(open.database, { server: savedAt === null ? null : { savedAt, digest } })
    return true
  } catch (error) {
    if (error instanceof Refused && error.code === 'key_backup_conflict') return false
    throw error
  }
}

async function takeIn(open: OpenAccount, { root }: BackupSealer): Promise<void> {
  const { primitives } = open.tools
  const { backup } = await open.api.call('keyBackup')
  if (!backup) return noteBackup(open.database, { server: null })
  try {
    const items = await openBackup(primitives, await readBackup(primitives, backup.text), root)
    await open.vault.restore(items, null)
    await noteBackup(open.database, { server: { savedAt: backup.savedAt, digest: '' } })
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    await noteBackup(open.database, { isReplaced: true })
  }
}

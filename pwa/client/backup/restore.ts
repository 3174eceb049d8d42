/** Opens key backups, to look whether they work or to restore them. */
import {
  BackupError,
  openBackup,
  readBackup,
  rootOfCode,
  rootOfPassphrase,
  type BackupHeader,
  type BackupRoot,
} from '../../protocol/backup.ts'
import { readBackupCode } from '../../protocol/backup-code.ts'
import { fromBase64url, utf8 } from '../../protocol/bytes.ts'
import { PENDING_POSITION } from '../history/database.ts'
import { ClientError } from '../contract/client-error.ts'
import type { BackupSource, RestoreProgress, RestoreResult } from '../contract/key-backup.ts'
import { replaceIdentity } from '../commands/identity.ts'
import type { OpenAccount } from '../open-account.ts'
import { rereadLog } from '../sync/reread.ts'
import { noteCountersLost } from '../sync/run.ts'
import { ensureConversation } from '../sync/stream-loop.ts'
import { noteBackup } from './make-backup.ts'
import { storeSealer } from './sealer.ts'

export interface OpenedBackup {
  readonly header: BackupHeader
  readonly items: ReadonlyMap<string, string>
  readonly root: BackupRoot
  /** When the server stored it; null for a file. */
  readonly savedAt: number | null
}

/** `secret`: code or passphrase as typed. Throws ClientError `backup_…` with the reason, `Refused` and `Unreachable`. */
export async function openSource(
  open: OpenAccount,
  source: BackupSource,
  secret: string,
): Promise<OpenedBackup> {
  const { text, savedAt } =
    source.kind === 'file' ? { text: source.text, savedAt: null } : await download(open)
  try {
    const read = await readBackup(open.tools.primitives, text)
    if (read.header.account.id !== open.account.id) throw new ClientError('backup_other_account')
    const root = await rootOf(open, read.header, secret)
    const items = await openBackup(open.tools.primitives, read, root.root)
    return { header: read.header, items, root, savedAt }
  } catch (error) {
    if (error instanceof BackupError) throw new ClientError(`backup_${error.fault}`, null, { cause: error })
    throw error
  }
}

async function download({ api }: OpenAccount): Promise<{ text: string; savedAt: number }> {
  const { backup } = await api.call('keyBackup')
  if (!backup) throw new ClientError('backup_missing')
  return backup
}

async function rootOf(open: OpenAccount, { lock }: BackupHeader, secret: string): Promise<BackupRoot> {
  const { primitives } = open.tools
  if (lock.kind === 'passphrase') {
    const stretched = await open.environment.stretch(utf8(secret.normalize('NFKC')), lock)
    return rootOfPassphrase(primitives, stretched, lock)
  }
  const code = await readBackupCode(primitives, secret)
  if (!code) throw new ClientError('backup_code_mistyped')
  return rootOfCode(primitives, code, fromBase64url(lock.salt))
}

/**
 * Takes in the keys, for reading, and reads every log again from its first entry. The identity comes back unless another
 * one was published since: then a new one is made, which the contacts see. Backups go on under the same code.
 */
export async function restoreBackup(
  open: OpenAccount,
  { items, root, savedAt }: OpenedBackup,
  tell: (progress: RestoreProgress) => void,
): Promise<RestoreResult> {
  const { identity } = await open.api.call('ownIdentity')
  await open.vault.restore(items, identity)
  await noteCountersLost(open.database)
  open.keySets.clear()
  open.attempts.clear()
  open.draws.clear()
  open.reread.clear()
  const isNewIdentity = (await open.vault.identity()) === null
  if (isNewIdentity) await replaceIdentity(open)
  await storeSealer(open, { ...root, isOnServer: savedAt !== null })
  await noteBackup(open.database, { isReplaced: false, ...(savedAt && { server: { savedAt, digest: '' } }) })
  open.restockSoon(true)
  const unread = await readAllAgain(open, tell)
  return { ...(await countMessages(open)), isNewIdentity, unread }
}

/** Returns the names of the contacts whose log could not be read to its end. */
async function readAllAgain(
  open: OpenAccount,
  tell: (progress: RestoreProgress) => void,
): Promise<readonly string[]> {
  const { conversations } = await open.api.call('conversations')
  const total = conversations.reduce((sum, { head }) => sum + head, 0)
  let done = 0
  tell({ done, total })
  const unread: string[] = []
  for (const { contact } of conversations) {
    await ensureConversation(open, contact)
    const isRead = await rereadLog(open, contact.id, (entries) => {
      done += entries
      tell({ done: Math.min(done, total), total })
    })
    if (!isRead) unread.push(contact.username)
  }
  return unread
}

async function countMessages({
  database,
}: OpenAccount): Promise<Pick<RestoreResult, 'restored' | 'total' | 'missing'>> {
  const missing: Record<string, number> = {}
  let restored = 0
  await database.messages
    .filter(({ position }) => position < PENDING_POSITION)
    .each(({ kind, text }) => {
      if (kind === 'text' || kind === 'unknown') restored += 1
      if (kind === 'unreadable') missing[text] = (missing[text] ?? 0) + 1
    })
  const lost = Object.values(missing).reduce((sum, count) => sum + count, 0)
  const reasons = Object.entries(missing).map(([reason, count]) => ({ reason, count }))
  return { restored, total: restored + lost, missing: reasons }
}

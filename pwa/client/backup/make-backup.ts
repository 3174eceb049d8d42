/** Makes a key backup of all that the vault holds, and remembers how far the last ones went. */
import { sealBackup, type BackupRoot } from '../../protocol/backup.ts'
import { toBase64url, utf8 } from '../../protocol/bytes.ts'
import type { AccountDatabase, BackupRow } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'

export interface MadeBackup {
  readonly text: string
  /** Of what is in it. */
  readonly digest: string
}

export async function makeBackup(open: OpenAccount, root: BackupRoot): Promise<MadeBackup> {
  const { account, vault, tools, nowMs } = open
  await vault.check()
  const items = vault.backupItems()
  const text = await sealBackup(tools.primitives, root, { account, madeAt: nowMs(), items })
  return { text, digest: await digestItems(open, items) }
}

/** SHA-256 of the items, whatever their order. */
export async function digestItems(
  { tools }: OpenAccount,
  items: ReadonlyMap<string, string>,
): Promise<string> {
  const sorted = [...items].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return toBase64url(await tools.primitives.sha256(utf8(JSON.stringify(sorted))))
}

const NONE: BackupRow = { name: 'backup', file: null, server: null, isReplaced: false }

export async function readBackupRow({ meta }: AccountDatabase): Promise<BackupRow> {
  const row = await meta.get('backup')
  return row?.name === 'backup' ? row : NONE
}

export async function noteBackup(
  database: AccountDatabase,
  change: Partial<Omit<BackupRow, 'name'>>,
): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    await database.meta.put({ ...(await readBackupRow(database)), ...change })
  })
}

/** The commands of the key backup. */
import { rootOfCode, rootOfPassphrase, type BackupRoot, type Stretching } from '../../protocol/backup.ts'
import { BACKUP_CODE_BYTES, normalizeBackupCode, writeBackupCode } from '../../protocol/backup-code.ts'
import { toBase64url, utf8 } from '../../protocol/bytes.ts'
import type { AccountDoor } from '../account-door.ts'
import { ClientError } from '../contract/client-error.ts'
import type { BackupState, KeyBackup } from '../contract/key-backup.ts'
import type { Live } from '../contract/live.ts'
import { ensureIdentity } from '../commands/identity.ts'
import type { OpenAccount } from '../open-account.ts'
import { digestItems, makeBackup, noteBackup, readBackupRow } from './make-backup.ts'
import { renewBackup } from './renew.ts'
import { openSource, restoreBackup } from './restore.ts'
import { readSealer, storeSealer } from './sealer.ts'

/** About a second of a desktop; 64 MiB are more than a graphics card gives each of its cores. */
const STRETCHING = { memoryKib: 64 * 1024, passes: 3 } as const

const NONE: BackupState = {
  lock: null,
  isOnServer: false,
  fileAt: null,
  serverAt: null,
  isFileOld: false,
  isReplaced: false,
}

export interface KeyBackupParts {
  /** The account that is open; throws while nobody is signed in. */
  readonly inside: () => AccountDoor
  readonly whenOpen: <T>(ifClosed: T, choose: (open: OpenAccount) => Promise<T>) => Live<T>
  /** Turns what a command throws into a ClientError. */
  readonly asErrors: <T>(work: () => Promise<T>) => Promise<T>
  /** The person has set up a backup. */
  readonly onMade: () => void
}

export function createKeyBackup({ inside, whenOpen, asErrors, onMade }: KeyBackupParts): KeyBackup {
  let begun: { readonly root: BackupRoot; readonly code: string | null } | null = null

  return {
    state: whenOpen(NONE, readState),
    serverBackup: () => asErrors(async () => (await inside().open.api.call('keyBackupState')).savedAt),
    beginCode: () =>
      asErrors(async () => {
        const { primitives } = inside().open.tools
        const code = primitives.random(BACKUP_CODE_BYTES)
        const groups = await writeBackupCode(primitives, code)
        begun = { root: await rootOfCode(primitives, code, primitives.random(16)), code: groups.join('') }
        return groups
      }),
    beginPassphrase: (passphrase) =>
      asErrors(async () => {
        const { environment, tools } = inside().open
        const salt = toBase64url(tools.primitives.random(16))
        const by: Stretching = { kind: 'passphrase', salt, ...STRETCHING }
        const stretched = await environment.stretch(utf8(passphrase.normalize('NFKC')), by)
        begun = { root: await rootOfPassphrase(tools.primitives, stretched, by), code: null }
      }),
    isPartOfCode: (group, typed) =>
      begun?.code?.slice(4 * group, 4 * group + 4) === normalizeBackupCode(typed),
    finish: (isOnServer) =>
      asErrors(async () => {
        const { open } = inside()
        if (!begun) throw new ClientError('backup_missing')
        await ensureIdentity(open)
        if ((await open.vault.identity()) === null) throw new ClientError('keys_gone')
        const savedAt = isOnServer ? (await open.api.call('keyBackupState')).savedAt : null
        await storeSealer(open, { ...begun.root, isOnServer })
        await noteBackup(open.database, {
          file: null,
          server: savedAt === null ? null : { savedAt, digest: '' },
          isReplaced: false,
        })
        begun = null
        onMade()
        // The code is kept and the backup on: what fails now is tried again, and the page says that it is to come.
        if (isOnServer) await renewBackup(open).catch(open.noteFailure)
      }),
    makeFile: () =>
      asErrors(async () => {
        const { open } = inside()
        const sealer = await readSealer(open)
        if (!sealer) throw new ClientError('backup_missing')
        const { text, digest } = await makeBackup(open, sealer)
        await noteBackup(open.database, { file: { madeAt: open.nowMs(), digest } })
        return text
      }),
    turnOff: () =>
      asErrors(async () => {
        const { open } = inside()
        await open.api.call('removeKeyBackup', { body: {} })
        await open.vault.removeBackupSealer()
        await noteBackup(open.database, { file: null, server: null, isReplaced: false })
      }),
    rehearse: (source, secret) =>
      asErrors(async () => {
        const { open } = inside()
        const { header, items } = await openSource(open, source, secret)
        const missing = [...open.vault.backupItems()].filter(([item, text]) => items.get(item) !== text)
        return { madeAt: header.madeAt, missingCount: missing.length }
      }),
    restore: (source, secret, tell) =>
      asErrors(async () => {
        const { open, wake } = inside()
        const result = await restoreBackup(open, await openSource(open, source, secret), tell)
        wake()
        return result
      }),
  }
}

async function readState(open: OpenAccount): Promise<BackupState> {
  const { file, server, isReplaced } = await readBackupRow(open.database)
  const sealer = await readSealer(open)
  // New keys pass through the journal: then this is asked again.
  await open.database.journal.count()
  if (!sealer) return NONE
  const digest = await digestItems(open, open.vault.backupItems())
  return {
    lock: sealer.lock.kind,
    isOnServer: sealer.isOnServer,
    fileAt: file?.madeAt ?? null,
    serverAt: server?.savedAt ?? null,
    isFileOld: file !== null && file.digest !== digest,
    isReplaced,
  }
}

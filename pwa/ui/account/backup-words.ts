/** Key backups in plain words. */
import type { BackupState, RestoreResult } from '../../client/contract/key-backup.ts'
import { describeUnreadable } from '../words.ts'
import { describeWhen } from './security-words.ts'

export const describeServerBackup = (
  { isOnServer, isReplaced, serverAt }: BackupState,
  now: number,
): string => {
  if (!isOnServer) return 'Not kept there.'
  if (isReplaced)
    return 'Another browser of yours keeps a backup there with another code, so this one is no longer renewed.'
  if (serverAt === null) return 'Will be stored when the server can be reached.'
  return `Stored ${describeWhen(serverAt, now)}, and renewed by itself when your keys change.`
}

export const describeFileBackup = ({ fileAt, isFileOld }: BackupState, now: number): string => {
  if (fileAt === null) return 'No file saved yet from this browser.'
  const saved = `Saved ${describeWhen(fileAt, now)}.`
  return isFileOld
    ? `${saved} Your keys have changed since: save a new one.`
    : `${saved} It holds all your keys.`
}

const count = (number: number): string => number.toLocaleString('en')

/** "1,204 of 1,204 messages restored." */
export const describeRestored = ({ restored, total }: RestoreResult): string =>
  total === 0
    ? 'There were no messages to restore.'
    : `${count(restored)} of ${count(total)} messages restored.`

/** A sentence for each reason why messages stay closed. */
export const describeMissing = ({ missing }: RestoreResult): readonly string[] =>
  missing.map(({ reason, count: number }) => `${count(number)}: ${describeUnreadable(reason)}`)

/** The sheet of paper that a code is kept on. */
export const formatBackupSheet = (username: string, groups: readonly string[]): string =>
  [
    `Letterlock backup code for ${username}`,
    '',
    `    ${groups.join('-')}`,
    '',
    'Whoever has this code and the key backup can read your messages. Without the code nobody',
    'can open the backup: not you, and not the people who run the server.',
    '',
  ].join('\n')

/** Commands of the key backup. */
import type { Live } from './live.ts'

/** What is known of this browser's key backups. */
export interface BackupState {
  /** What opens them; null: none are made. */
  readonly lock: 'code' | 'passphrase' | null
  readonly isOnServer: boolean
  /** When the last file was made, by this device's clock; null: never. */
  readonly fileAt: number | null
  /** When the server last stored one, by its clock; null: not yet. */
  readonly serverAt: number | null
  /** Keys changed since the last file was made. */
  readonly isFileOld: boolean
  /** Another browser stored a backup with another code: this one is no longer renewed. */
  readonly isReplaced: boolean
}

export type BackupSource = { readonly kind: 'server' } | { readonly kind: 'file'; readonly text: string }

/** Entries of the logs. */
export interface RestoreProgress {
  readonly done: number
  readonly total: number
}

export interface RestoreResult {
  /** Messages that can be read here now. */
  readonly restored: number
  readonly total: number
  /** Those that cannot, by the code of the reason. */
  readonly missing: readonly { readonly reason: string; readonly count: number }[]
  /** Names of contacts whose log the server did not show to its end. */
  readonly unread: readonly string[]
  /** The identity of the backup was replaced elsewhere: this browser has a new one, and contacts see another security code. */
  readonly isNewIdentity: boolean
}

/** All key material in one text that only a code or a passphrase opens. Its errors are `backup_…`. */
export interface KeyBackup {
  readonly state: Live<BackupState>
  /** When the server stored the backup that it keeps for this account; null: none. */
  serverBackup(): Promise<number | null>
  /** A new code in groups of four, shown once. Nothing is kept before `finish`. */
  beginCode(): Promise<readonly string[]>
  /** Takes seconds. Nothing is kept before `finish`. */
  beginPassphrase(passphrase: string): Promise<void>
  /** Whether what was typed is that group, from 0, of the code that was begun. */
  isPartOfCode(group: number, typed: string): boolean
  /** Makes backups from now on, also on the server if wanted, in the place of the one there. */
  finish(isOnServer: boolean): Promise<void>
  /** A backup of now, as the text of a file. */
  makeFile(): Promise<string>
  /** Makes no more backups, and has the server forget its own. Files stay what they are. */
  turnOff(): Promise<void>
  /** Opens a backup and changes nothing. `missingCount`: of the keys here, those that it does not hold. */
  rehearse(
    source: BackupSource,
    secret: string,
  ): Promise<{ readonly madeAt: number; readonly missingCount: number }>
  /** Takes in the keys for reading and reads all again. `secret`: code or passphrase, as typed. */
  restore(
    source: BackupSource,
    secret: string,
    tell: (progress: RestoreProgress) => void,
  ): Promise<RestoreResult>
}

/** A key backup as the server keeps it: a text that it cannot read. */
import * as v from 'valibot'
import { token } from './account.ts'
import { timeMs } from './primitives.ts'

export const KEY_BACKUP_MOST_BYTES = 4 * 1024 * 1024

/** By the server's clock; each backup of an account has another. */
const savedAt = timeMs

const text = v.pipe(
  v.string(),
  v.maxLength(KEY_BACKUP_MOST_BYTES),
  // A backup is lines of ASCII; anything else is not from our page.
  v.regex(/^[\n -~]+$/),
)

/** Null: none is kept. */
export const keyBackupState = v.strictObject({ savedAt: v.nullable(savedAt) })
export type KeyBackupState = v.InferOutput<typeof keyBackupState>

export const keyBackup = v.strictObject({ backup: v.nullable(v.strictObject({ text, savedAt })) })

/** `replaces`: the backup that the new one takes the place of; null: there is none. */
export const storeKeyBackupBody = v.strictObject({ token, text, replaces: v.nullable(savedAt) })

/** Whether what this browser holds may be lost to the browser itself, and nothing would bring it back. */
import type { BackupState } from '../client/contract/key-backup.ts'
import type { StorageHealth, StorageUse } from '../client/contract/storage-care.ts'

const DAY_MS = 24 * 60 * 60_000
/** Somebody with fewer has little to lose yet. */
const MESSAGES_LEAST = 10
/** For so long a hint that was put off does not come back. */
export const HINT_PAUSE_DAYS = 30

/** `full`: the browser clears when the device runs short of room. `unvisited`: also what nobody has visited for a week. */
export type StorageRisk = 'full' | 'unvisited'

export interface RiskFacts {
  readonly health: StorageHealth
  readonly use: StorageUse
  readonly backup: Pick<BackupState, 'fileAt' | 'serverAt'>
  /** This window is the installed app. */
  readonly isInstalled: boolean
  readonly nowMs: number
}

/** Null while there is little to lose, something that brings it back, or a promise; and for a while after the hint was put off. */
export function findRisk({ health, use, backup, isInstalled, nowMs }: RiskFacts): StorageRisk | null {
  const hasBackup = backup.fileAt !== null || backup.serverAt !== null
  if (isInstalled || hasBackup || health.isPersistent === true || use.messageCount === 0) return null
  const putOffAt = use.hintPutOffAt ?? -Infinity
  if (nowMs - putOffAt < HINT_PAUSE_DAYS * DAY_MS) return null
  if (health.engine !== 'webkit') return use.messageCount >= MESSAGES_LEAST ? 'full' : null
  const hasBeenAway = use.absence !== null && use.absence.endedAt > putOffAt
  return hasBeenAway || use.messageCount >= MESSAGES_LEAST ? 'unvisited' : null
}

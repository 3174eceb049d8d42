/** For servers whose role may not change the schema: another program migrates, at its own time. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, errorCode, isUnavailable } from './database.ts'
import type { Log } from './deps.ts'
import { isMigrated } from './migrate.ts'

const WAIT_MOST_MS = 60_000
const ASK_EVERY_MS = 500

/**
 * Returns when the database answers with every migration done. Throws a sentence for people after a minute, and at once when the
 * database refuses this role.
 */
export async function awaitMigrations(db: Database, log: Log, waitMostMs = WAIT_MOST_MS): Promise<void> {
  const deadlineMs = performance.now() + waitMostMs
  if (await isPrepared(db)) return
  log({ event: 'waiting_for_database' })
  while (performance.now() < deadlineMs) {
    await delay(ASK_EVERY_MS)
    if (await isPrepared(db)) return
  }
  throw new Error(
    `The database has not seen every migration within ${waitMostMs / 1000} s, and MIGRATE=0 leaves them to another program. ` +
      'Run server/prepare-database.ts with MIGRATE_DATABASE_URL, or look at why it failed.',
  )
}

async function isPrepared(db: Database): Promise<boolean> {
  try {
    return await isMigrated(db)
  } catch (error) {
    // The table of the steps comes with the first of them.
    if (isUnavailable(error) || errorCode(error) === 'ER_NO_SUCH_TABLE') return false
    throw error
  }
}

/** One server at a time for a folder with an SQLite database: two would not tell each other of new entries. */
import path from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { errorCode } from './database.ts'

/** Time for a server that is just stopping. */
const WAIT_MOST_MS = 3000

/**
 * Holds the folder until the function that it returns is called, or the process ends in whatever way. Throws an error for
 * people when another process holds it.
 */
export function lockFolder(folder: string): () => void {
  const lock = new BetterSqlite3(path.join(folder, 'server.lock'), { timeout: WAIT_MOST_MS })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if (errorCode(error) !== 'SQLITE_BUSY') throw error
    throw new Error(
      `Another server is running on ${folder}. Stop it, or set DATA_DIR to a folder of its own for this one.`,
      { cause: error },
    )
  }
  return () => void lock.close()
}

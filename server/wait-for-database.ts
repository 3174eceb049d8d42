/** A server that starts together with its database is often the faster one. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, isUnavailable } from './database.ts'
import type { Log } from './deps.ts'

const WAIT_MOST_MS = 60_000
const ASK_EVERY_MS = 500

/** Returns when the database answers; says once that it waits. Throws a sentence for people after a minute. */
export async function waitForDatabase(db: Database, log: Log): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MOST_MS
  for (let asked = 0; ; asked++) {
    try {
      await db.raw('select 1')
      return
    } catch (error) {
      if (!isUnavailable(error)) throw error
      if (performance.now() > deadlineMs)
        throw new Error('The database does not answer. Start it, or set DATABASE_URL to where it is.', {
          cause: error,
        })
      if (asked === 0) log({ event: 'waiting_for_database' })
      await delay(ASK_EVERY_MS)
    }
  }
}

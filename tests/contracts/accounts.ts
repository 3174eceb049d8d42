import { randomBytes } from 'node:crypto'
import type { Database } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import { activateAccount, insertPendingAccount } from '../../server/stores/accounts.ts'

/** An active account named `user-<id>`, past the registration; gives its id. */
export async function makeAccountAt(db: Database, now: number): Promise<number> {
  const id = randomId(randomBytes)
  await insertPendingAccount(db, id, now)
  await activateAccount(db, { id, username: `user-${id}`, now })
  return id
}

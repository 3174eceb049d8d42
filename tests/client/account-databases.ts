/** Databases of accounts that no other test has, in an IndexedDB with the transaction lifetimes of the standard. */
import 'fake-indexeddb/auto'
import { randomBytes, randomInt } from 'node:crypto'
import { Dexie } from 'dexie'
import { AccountDatabase, databaseName } from '../../pwa/client/history/database.ts'

// Dexie looks for IndexedDB when it is loaded, which may have been before the import above.
Dexie.dependencies = { indexedDB, IDBKeyRange }

export const freshAccountId = (): number => randomInt(1, 2 ** 47)

/** Base64url of 16 random bytes: an id of an entry, an exchange or a key set. */
export const freshId = (): string => randomBytes(16).toString('base64url')

/** Opens one more connection to the account's database, as another tab does, and notes whose it is. */
export async function openDatabase(account: number): Promise<AccountDatabase> {
  const database = new AccountDatabase(account)
  await database.transaction('rw', database.meta, async () => {
    if (await database.meta.get('account')) return
    await database.meta.put({ name: 'account', id: account, username: `user${account}`, notedIdentity: null })
  })
  return database
}

/** The account's database as the first release knew it. */
export function versionOne(account: number): Dexie {
  const database = new Dexie(databaseName(account))
  database.version(1).stores({
    messages: 'id, [conversation+position]',
    outbox: 'id, [conversation+order]',
    logs: 'conversation',
    conversations: 'conversation',
    counters: 'keys, conversation',
    journal: 'item',
    hashes: '[conversation+seq]',
    meta: 'name',
  })
  return database
}

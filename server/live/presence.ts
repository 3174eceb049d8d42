/** Tells an account's contacts that it has come or gone. */
import type { Database } from '../database.ts'
import { listContacts } from '../stores/conversations.ts'
import type { Bus } from './bus.ts'
import type { Hub } from './hub.ts'

export async function publishPresence(
  { db, bus, hub }: { db: Database; bus: Bus; hub: Hub },
  account: number,
): Promise<void> {
  const contacts = await listContacts(db, account)
  // Asked after the query: whatever happened meanwhile, the last thing told is true.
  const isOnline = hub.isOnline(account)
  for (const to of contacts) bus.publish({ to, event: { type: 'online', contact: account, isOnline } })
}

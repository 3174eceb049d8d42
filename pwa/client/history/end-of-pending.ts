/** Where what waits in a conversation ends. */
import { PENDING_POSITION, pendingMessages, type AccountDatabase } from './database.ts'

/** A row of ours behind everything that waits. Call it inside the transaction that adds it. */
export async function endOfPending(
  database: AccountDatabase,
  { conversation, sender }: { conversation: number; sender: number },
) {
  const last = (await pendingMessages(database, conversation)).at(-1)
  const position = (last?.position ?? PENDING_POSITION) + 1
  return { conversation, position, sender, seal: null }
}

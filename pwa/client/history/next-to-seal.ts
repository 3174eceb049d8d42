import { pendingMessages, type AccountDatabase, type MessageRow } from './database.ts'

/**
 * A report of what was lost, or else the oldest message that no key has sealed and no changed security code holds. Reads
 * conversations and messages.
 */
export async function nextToSeal(
  database: AccountDatabase,
  conversation: number,
): Promise<MessageRow | undefined> {
  const held = (await database.conversations.get(conversation))?.heldUpTo ?? 0
  const pending = await pendingMessages(database, conversation)
  return (
    pending.find((row) => row.kind === 'lost' && !row.seal) ??
    pending.find((row) => row.kind === 'text' && !row.seal && row.position > held)
  )
}

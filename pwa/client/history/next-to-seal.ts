import { findSealableBatch } from '../sharing/sealable-batch.ts'
import { pendingMessages, type AccountDatabase, type MessageRow } from './database.ts'

/**
 * A report of what was lost, or else the oldest message that no key has sealed and no changed security code holds; history that is
 * shared comes last. Reads conversations, messages and logs.
 */
export async function nextToSeal(
  database: AccountDatabase,
  conversation: number,
): Promise<MessageRow | undefined> {
  const held = (await database.conversations.get(conversation))?.heldUpTo ?? 0
  const pending = await pendingMessages(database, conversation)
  return (
    pending.find((row) => row.kind === 'lost' && !row.seal) ??
    pending.find((row) => isWritten(row) && !row.seal && row.position > held) ??
    findSealableBatch(database, { conversation, pending })
  )
}

const isWritten = ({ kind }: MessageRow): boolean => kind === 'text' || kind === 'ask'

/** Asks the contact to share again what this browser has no keys for. */
import { ASK_AGAIN_MS } from '../../protocol/sharing.ts'
import { PENDING_POSITION, type AskRecord } from '../history/database.ts'
import { endOfPending } from '../history/end-of-pending.ts'
import type { OpenAccount } from '../open-account.ts'
import { readsToHead } from '../sync/pull.ts'
import { newEntryId } from '../sync/seal-waiting.ts'
import { findRange } from './ask-range.ts'
import { writeRange } from './row-texts.ts'

/**
 * Puts a question to the end of the conversation, to be sealed and sent like a message. Does nothing when all entries can be
 * read, or when the last question is less than an hour old: the contact's client would pass it over.
 */
export async function askForHistory(open: OpenAccount, conversation: number): Promise<void> {
  // What was not read yet would not be asked for.
  await readsToHead(open, conversation)
  const { account, database } = open
  const { messages, conversations } = database
  await database.transaction('rw', [messages, conversations], async () => {
    const asked = (await conversations.get(conversation))?.asked
    const range = await findRange(database, conversation)
    if (!range || (asked && (await isRecent(open, asked)))) return
    const id = newEntryId(open)
    const at = open.nowMs()
    await messages.add({
      ...(await endOfPending(database, { conversation, sender: account.id })),
      id,
      kind: 'ask',
      at,
      text: writeRange(range),
    })
    await conversations.update(conversation, {
      asked: { id, ...range, at, taken: 0, refused: {}, rest: null },
      askDismissedUpTo: 0,
    })
  })
}

/** It waits on this device still, or is less than an hour old. */
async function isRecent({ database, nowMs }: OpenAccount, { id, at }: AskRecord): Promise<boolean> {
  const row = await database.messages.get(id)
  return nowMs() < at + ASK_AGAIN_MS || (row !== undefined && row.position >= PENDING_POSITION)
}

/** The person wants no more word about what cannot be read so far, nor about what came of the question. */
export async function dismissAsking({ database }: OpenAccount, conversation: number): Promise<void> {
  const { messages, conversations } = database
  await database.transaction('rw', [messages, conversations], async () => {
    const asked = (await conversations.get(conversation))?.asked
    const range = await findRange(database, conversation)
    const askDismissedUpTo = Math.max(range?.to ?? 0, asked?.to ?? 0)
    await conversations.update(conversation, { askDismissedUpTo })
  })
}

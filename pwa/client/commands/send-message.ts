/** Keeps what the person wrote. Sealing and sending follow by themselves. */
import { utf8 } from '../../protocol/bytes.ts'
import { CONTENT_MOST_BYTES, TEXT_MOST_BYTES } from '../../protocol/content.ts'
import { ClientError } from '../contract/client-error.ts'
import { PENDING_POSITION, pendingMessages } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { newEntryId } from '../sync/seal-waiting.ts'

/** As content says it: control characters take six bytes each, and the other members need room. */
const JSON_MOST_BYTES = CONTENT_MOST_BYTES - 1024

/**
 * Puts the message at the end of the conversation, durably, as "waiting for keys", in the place of the draft that it was:
 * `draft`, unless another tab has typed since. Throws ClientError `message_empty`, `message_too_long` (16 KiB of UTF-8, less
 * for control characters) or `storage_failed`; then nothing was kept and the draft stands.
 */
export async function keepMessage(
  open: OpenAccount,
  conversation: number,
  text: string,
  draft = '',
): Promise<void> {
  const body = text.toWellFormed()
  if (body.trim() === '') throw new ClientError('message_empty')
  if (utf8(body).length > TEXT_MOST_BYTES || utf8(JSON.stringify(body)).length > JSON_MOST_BYTES)
    throw new ClientError('message_too_long')
  const { database } = open
  try {
    await database.transaction('rw', database.messages, database.drafts, async () => {
      const last = (await pendingMessages(database, conversation)).at(-1)
      await database.messages.add({
        id: newEntryId(open),
        conversation,
        position: (last?.position ?? PENDING_POSITION) + 1,
        kind: 'text',
        sender: open.account.id,
        at: open.nowMs(),
        text: body,
        seal: null,
      })
      const stored = await database.drafts.get(conversation)
      if (stored?.text === draft) await database.drafts.delete(conversation)
    })
  } catch (cause) {
    throw new ClientError('storage_failed', null, { cause })
  }
}

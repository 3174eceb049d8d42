/** Takes back what has not left this device. */
import { ClientError } from '../contract/client-error.ts'
import { PENDING_POSITION, isUnsent, outboxOf, type MessageRow } from '../history/database.ts'
import { canWithdraw } from '../history/outbox-view.ts'
import type { OpenAccount } from '../open-account.ts'
import { takeBackFrom } from '../sync/review-outbox.ts'

/**
 * Removes a waiting message for good, in one transaction with its row; what was sealed behind it waits again, because it
 * counts the messages before it. To be changed, its text becomes the draft, before `typed`: what stands in the field. Throws
 * ClientError `message_on_its_way` when the message left this device, or may have.
 */
export function withdrawMessage(
  { database, account }: OpenAccount,
  id: string,
  { typed = null }: { readonly typed?: string | null } = {},
): Promise<MessageRow> {
  const { messages, outbox, counters, logs, drafts } = database
  return database.transaction('rw', [messages, outbox, counters, logs, drafts], async () => {
    const message = await messages.get(id)
    if (message?.sender !== account.id || message.position < PENDING_POSITION)
      throw new ClientError('message_on_its_way')
    const { conversation } = message
    const unsent = (await outboxOf(database, conversation)).filter(isUnsent)
    const log = await logs.get(conversation)
    if (!canWithdraw(message, await outbox.get(id))) throw new ClientError('message_on_its_way')
    const first = unsent.findIndex((row) => row.id === id)
    if (log && first !== -1) await takeBackFrom(database, { log, unsent, first })
    await messages.delete(id)
    if (typed !== null)
      await drafts.put({ conversation, text: typed === '' ? message.text : `${message.text}\n${typed}` })
    return message
  })
}

/** Notes that the person has seen a conversation up to its newest item; the badge counts from there. */
import { PENDING_POSITION } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'

export async function markRead({ database }: OpenAccount, conversation: number): Promise<void> {
  const { messages, conversations } = database
  await database.transaction('rw', [messages, conversations], async () => {
    const seen = await messages
      .where('[conversation+position]')
      .between([conversation, 0], [conversation, PENDING_POSITION])
      .last()
    const row = await conversations.get(conversation)
    if (!seen || !row || seen.position <= row.readPosition) return
    await conversations.update(conversation, { readPosition: seen.position })
  })
}

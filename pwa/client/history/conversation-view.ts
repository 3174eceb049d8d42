/** The head of a conversation's screen. */
import type { ConversationView } from '../contract/conversation.ts'
import { outboxOf, pendingMessages, type AccountDatabase, type LogRow } from './database.ts'
import { parkedIn } from './outbox-view.ts'
import { HELD_WHOLLY } from './verification.ts'

export interface ViewParts {
  /** Those that messages may be sealed under. */
  readonly sealableExchanges: ReadonlySet<string>
  /** Another browser of the account has taken the conversation over. */
  readonly isMovedAway: (log: LogRow) => Promise<boolean>
}

/** Null when there is no such conversation here. */
export async function readConversationView(
  database: AccountDatabase,
  conversation: number,
  { sealableExchanges, isMovedAway }: ViewParts,
): Promise<ConversationView | null> {
  const row = await database.conversations.get(conversation)
  if (!row) return null
  const log = await database.logs.get(conversation)
  const connection = await database.meta.get('connection')
  const heldUpTo = row.heldUpTo ?? 0
  const pending = await pendingMessages(database, conversation)
  const sealing = log?.sealing && sealableExchanges.has(log.sealing.exchange) ? log.sealing : null
  return {
    contact: { id: row.conversation, username: row.username },
    isContactOnline: connection?.name === 'connection' && conversation in connection.online,
    keys: sealing ? 'ready' : 'waiting',
    epoch: sealing?.epoch ?? null,
    isMovedAway: log !== undefined && (await isMovedAway(log)),
    heldCount: pending.filter((one) => one.kind === 'text' && !one.seal && one.position <= heldUpTo).length,
    isVerified: typeof row.verifiedIdentity === 'string',
    isSendingHeld: heldUpTo === HELD_WHOLLY,
    parked: parkedIn(await outboxOf(database, conversation)),
  }
}

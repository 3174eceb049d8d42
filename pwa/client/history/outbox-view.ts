/** What the outbox view shows: every message that has not arrived at the server, and why. */
import type { ParkReason, WaitingConversation, WaitingMessage } from '../contract/outbox.ts'
import {
  isUnsent,
  outboxOf,
  pendingMessages,
  type AccountDatabase,
  type ConversationRow,
  type MessageRow,
  type OutboxRow,
} from './database.ts'

/** Conversations with something that waits, by the name of the contact. */
export async function readOutbox(database: AccountDatabase): Promise<readonly WaitingConversation[]> {
  const rows = await database.conversations.toArray()
  const all = await Promise.all(rows.map((row) => readWaiting(database, row)))
  return all
    .filter(({ messages, parked }) => messages.length > 0 || parked !== null)
    .toSorted((a, b) => a.contact.username.localeCompare(b.contact.username))
}

async function readWaiting(
  database: AccountDatabase,
  { conversation, username, heldUpTo }: ConversationRow,
): Promise<WaitingConversation> {
  const queued = new Map((await outboxOf(database, conversation)).map((row) => [row.id, row]))
  const parked = parkedIn([...queued.values()])
  const pending = await pendingMessages(database, conversation)
  const messages = pending.filter((row) => isShownWaiting(row, queued.get(row.id)))
  return {
    contact: { id: conversation, username },
    parked,
    messages: messages.map((row) => ({
      id: row.id,
      text: row.text,
      at: row.at,
      state: stateOf(row, { queued: queued.get(row.id), parked, heldUpTo: heldUpTo ?? 0 }),
      canWithdraw: canWithdraw(row, queued.get(row.id)),
    })),
  }
}

/** Why nothing leaves a conversation with these rows until the person decides; null if nothing is parked. */
export const parkedIn = (rows: readonly OutboxRow[]): ParkReason | null =>
  rows.find((row) => row.parked !== undefined)?.parked ?? null

/** Copies that only the other side needs stay out of sight here, too. */
const isShownWaiting = (row: MessageRow, queued: OutboxRow | undefined): boolean =>
  row.kind === 'text' && row.againFor === undefined && (!queued || isUnsent(queued))

interface Situation {
  readonly queued: OutboxRow | undefined
  readonly parked: ParkReason | null
  readonly heldUpTo: number
}

function stateOf(row: MessageRow, { queued, parked, heldUpTo }: Situation): WaitingMessage['state'] {
  if (queued?.parked !== undefined) return 'parked'
  if (row.append !== undefined) return row.append === 'sending' ? 'sending' : 'checking'
  if (parked !== null) return 'behind'
  if (queued) return 'queued'
  return row.position <= heldUpTo ? 'held' : 'keys'
}

/** Whether a message has surely not left this device. What stands behind it has then not left either. */
export const canWithdraw = (row: MessageRow, queued: OutboxRow | undefined): boolean =>
  row.kind === 'text' && row.append === undefined && row.again === undefined && (!queued || isUnsent(queued))

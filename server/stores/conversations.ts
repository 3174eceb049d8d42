/** Conversations, and how far each side has applied their log. */
import type { Queryable } from '../database.ts'
import { isDuplicate, RetryTransaction } from '../database.ts'

export interface ConversationRow {
  readonly id: number
  /** Last position of the log. */
  readonly head: number
  /** Time of the last entry. */
  readonly lastAcceptedAt: number
}
export interface ConversationOfAccount {
  readonly contact: number
  readonly username: string
  readonly head: number
  readonly contactApplied: number
}
/** Two accounts, in either order. */
export type Pair = readonly [number, number]

const ends = ([one, other]: Pair) => ({ lower: Math.min(one, other), higher: Math.max(one, other) })
const columns = ['id', 'head', { lastAcceptedAt: 'last_accepted_at' }] as const

/** Null before the first entry. */
export async function findConversation(db: Queryable, pair: Pair): Promise<ConversationRow | null> {
  return (
    (await db('conversations')
      .where(ends(pair))
      .first<ConversationRow | undefined>(...columns)) ?? null
  )
}

/** As findConversation, and holds the row until the transaction ends. */
export async function lockConversation(db: Queryable, pair: Pair): Promise<ConversationRow | null> {
  const row = await db('conversations')
    .where(ends(pair))
    .forUpdate()
    .first<ConversationRow | undefined>(...columns)
  return row ?? null
}

/** Throws RetryTransaction when the other side made it at the same moment. */
export async function insertConversation(db: Queryable, pair: Pair, row: ConversationRow): Promise<void> {
  try {
    await db('conversations').insert({
      ...ends(pair),
      id: row.id,
      head: row.head,
      last_accepted_at: row.lastAcceptedAt,
    })
  } catch (error) {
    throw isDuplicate(error) ? new RetryTransaction() : error
  }
  await db('applied_cursors').insert(pair.map((account) => ({ conversation: row.id, account, seq: 0 })))
}

export async function moveHead(db: Queryable, { id, head, lastAcceptedAt }: ConversationRow): Promise<void> {
  await db('conversations').where({ id }).update({ head, last_accepted_at: lastAcceptedAt })
}

/** False: the cursor stands there already, or further. */
export async function raiseAppliedCursor(
  db: Queryable,
  { conversation, account, seq, now }: { conversation: number; account: number; seq: number; now: number },
): Promise<boolean> {
  const raised = await db('applied_cursors')
    .where({ conversation, account })
    .where('seq', '<', seq)
    .update({ seq, moved_at: now })
  return raised === 1
}

interface MovedHead {
  readonly lower: number
  readonly higher: number
  readonly head: number
}
interface MovedCursor {
  readonly lower: number
  readonly higher: number
  readonly account: number
  readonly seq: number
}

/** The logs that have grown since a time. */
export async function listMovedHeads(db: Queryable, since: number): Promise<MovedHead[]> {
  return db('conversations')
    .where('last_accepted_at', '>=', since)
    .select<MovedHead[]>('lower', 'higher', 'head')
}

/** The applied cursors that were moved since a time. */
export async function listMovedCursors(db: Queryable, since: number): Promise<MovedCursor[]> {
  return db('applied_cursors')
    .join('conversations', 'conversations.id', 'applied_cursors.conversation')
    .where('applied_cursors.moved_at', '>=', since)
    .select<MovedCursor[]>('lower', 'higher', 'account', 'seq')
}

/** All conversations of an account, as that account sees them. */
export async function listConversations(db: Queryable, account: number): Promise<ConversationOfAccount[]> {
  const side = (own: string, other: string) =>
    db('conversations')
      .join('accounts', 'accounts.id', `conversations.${other}`)
      .join('applied_cursors', (join) =>
        join
          .on('applied_cursors.conversation', 'conversations.id')
          .andOn('applied_cursors.account', `conversations.${other}`),
      )
      .where(`conversations.${own}`, account)
      .select<ConversationOfAccount[]>('username', 'head', { contact: 'accounts.id', contactApplied: 'seq' })
  return [...(await side('lower', 'higher')), ...(await side('higher', 'lower'))]
}

/** The accounts that share a conversation with this one. */
export async function listContacts(db: Queryable, account: number): Promise<number[]> {
  const rows = await db('conversations')
    .where({ lower: account })
    .orWhere({ higher: account })
    .select<{ lower: number; higher: number }[]>('lower', 'higher')
  return rows.map(({ lower, higher }) => (lower === account ? higher : lower))
}

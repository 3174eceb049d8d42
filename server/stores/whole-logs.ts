/** Everything that stands of a conversation's log and beside it, for whoever checks it. */
import type { Queryable } from '../database.ts'
import type { NewEntryRow } from './entries.ts'
import type { MarkRow } from './marks.ts'

export interface WholeConversation {
  readonly id: number
  readonly lower: number
  readonly higher: number
  readonly head: number
  readonly lastAcceptedAt: number
}

/** Ids of conversations above `after`, rising. */
export async function listConversationIds(db: Queryable, after: number, most: number): Promise<number[]> {
  return db('conversations').where('id', '>', after).orderBy('id').limit(most).pluck<number[]>('id')
}

export async function readConversation(db: Queryable, id: number): Promise<WholeConversation> {
  return db('conversations')
    .where({ id })
    .first<WholeConversation>('id', 'lower', 'higher', 'head', { lastAcceptedAt: 'last_accepted_at' })
}

/** The entries after a position, whether or not there are gaps. */
export async function listWholeEntries(
  db: Queryable,
  conversation: number,
  { after, most }: { after: number; most: number },
): Promise<NewEntryRow[]> {
  return db('entries')
    .where({ conversation })
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(most)
    .select<NewEntryRow[]>('seq', 'sender', 'envelope', 'iv', {
      entryId: 'entry_id',
      acceptedAt: 'accepted_at',
      keySet: 'key_set',
    })
}

/** All marks of a sender in a conversation, in the order of their numbers. */
export async function listMarks(db: Queryable, conversation: number, sender: number): Promise<MarkRow[]> {
  return db('marks')
    .where({ conversation, sender })
    .orderBy('number')
    .select<MarkRow[]>('number', 'iv', { keySet: 'key_set' })
}

/** How far each account has applied a conversation's log. */
export async function listAppliedCursors(
  db: Queryable,
  conversation: number,
): Promise<{ account: number; seq: number }[]> {
  return db('applied_cursors')
    .where({ conversation })
    .select<{ account: number; seq: number }[]>('account', 'seq')
}

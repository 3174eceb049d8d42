/** What a question for the history would be about: entries that this browser has no keys for. */
import { Dexie } from 'dexie'
import { PENDING_POSITION, type AccountDatabase, type MessageRow } from '../history/database.ts'
import type { AskedRange } from './row-texts.ts'

/** The reasons of entries that only want their keys; all others are what the log shows, to everybody. */
const KEYLESS: ReadonlySet<string> = new Set(['no_keys', 'other_browser'])

/** Whether an entry could not be opened for want of keys. */
export const isUnopened = ({ kind, text }: MessageRow): boolean => kind === 'unreadable' && KEYLESS.has(text)

/** Entries of a conversation that could not be opened for want of keys, oldest first. */
export async function listUnopened(
  { messages }: AccountDatabase,
  conversation: number,
): Promise<readonly MessageRow[]> {
  const rows = await messages
    .where('[conversation+position]')
    .between([conversation, Dexie.minKey], [conversation, PENDING_POSITION])
    .toArray()
  // Not by the query, which would visit a long conversation row by row.
  return rows.filter(isUnopened)
}

/** From the first to the last of them; null when there are none. */
export async function findRange(database: AccountDatabase, conversation: number): Promise<AskedRange | null> {
  const unopened = await listUnopened(database, conversation)
  const [first, last] = [unopened[0], unopened.at(-1)]
  return first && last ? { from: first.position, to: last.position } : null
}

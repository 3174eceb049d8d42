/** Rows of the timeline that repeat others: entry ids that come twice, and copies of messages that were sent again. */
import { Dexie } from 'dexie'
import type { AccountDatabase, MessageRow } from './database.ts'

/**
 * An entry id is unique in its log only, and a server that repeats entries does not keep even that. Whoever repeats one of
 * another conversation, or a replay, must not replace the message that bears it. Call it inside a transaction.
 */
export async function withOwnIds(
  { messages }: AccountDatabase,
  lines: readonly MessageRow[],
): Promise<readonly MessageRow[]> {
  const held = await messages.bulkGet(lines.map(({ id }) => id))
  const taken = new Map(held.flatMap((row) => (row ? [[row.id, row]] : [])))
  return lines.map((line) => {
    const other = taken.get(line.id)
    const own = other && isOfOtherEntry(line, other) ? { ...line, id: placeOf(line) } : line
    taken.set(own.id, own)
    return own
  })
}

const isOfOtherEntry = (line: MessageRow, held: MessageRow): boolean =>
  held.conversation !== line.conversation || (line.kind === 'unreadable' && held.position !== line.position)

const placeOf = ({ id, conversation, position }: MessageRow): string => `${id}/${conversation}/${position}`

/**
 * Of a message and its copy one is shown: the original where it could be opened, else the copy. Call it inside a
 * transaction.
 */
export async function hideRepeated(
  { messages }: AccountDatabase,
  lines: readonly MessageRow[],
): Promise<void> {
  for (const { id, again, sender, conversation } of lines) {
    if (again === undefined) continue
    const original = await messages.get(again)
    if (original?.sender !== sender || original.conversation !== conversation) continue
    if (original.kind === 'unreadable') await messages.update(again, { kind: 'hidden' })
    // Of several copies, as two copies of one profile send them, the first stays: with all hidden the message would be gone.
    const shown = original.kind === 'text' ? original : await firstCopy(messages, conversation, again)
    if (shown && shown.id !== id) await messages.update(id, { kind: 'hidden' })
  }
}

const firstCopy = (
  messages: AccountDatabase['messages'],
  conversation: number,
  original: string,
): Promise<MessageRow | undefined> =>
  messages
    .where('[conversation+position]')
    .between([conversation, Dexie.minKey], [conversation, Dexie.maxKey])
    .and(({ again, kind }) => again === original && kind === 'text')
    .first()

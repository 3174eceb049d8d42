/** From the history to the pieces of it that are shared. */
import { utf8 } from '../../protocol/bytes.ts'
import { PIECES_MOST, type Piece } from '../../protocol/content.ts'
import type { AccountDatabase, MessageRow } from '../history/database.ts'
import type { AskedRange } from './row-texts.ts'

/** Small enough that a message that is typed meanwhile waits for little; a longer text goes alone. */
const BATCH_MOST_BYTES = 24 * 1024
/** Rows that are looked at for one batch. */
const ROWS_AT_ONCE = 4 * PIECES_MOST

const KEYS_CHANGED = '/keys-changed'
const ENTRY_ID = /^[A-Za-z0-9_-]{22}$/

export interface Gathered {
  readonly pieces: readonly Piece[]
  /** All entries up to this seq are in the pieces, or have none. */
  readonly upTo: number
  readonly isLast: boolean
}

/** The pieces of the entries after `after`, as many as make one batch. */
export async function gatherBatch(
  database: AccountDatabase,
  conversation: number,
  { after, to }: { after: number; to: number },
): Promise<Gathered> {
  const rows = await rowsBetween(database, conversation, { after, to, limit: ROWS_AT_ONCE })
  const isAll = rows.length < ROWS_AT_ONCE
  const pieces = rows.flatMap((row) => toPiece(row) ?? [])
  const count = countFitting(pieces)
  const taken = pieces.slice(0, count)
  const isWhole = count === pieces.length
  const seen = isWhole ? Math.floor(rows.at(-1)?.position ?? to) : after
  const upTo = Math.max(seen, taken.at(-1)?.seq ?? after)
  return { pieces: taken, upTo, isLast: isAll && isWhole }
}

/** How many messages of either side would be shared, and of what time, by the server's clock. */
export interface Shareable {
  readonly ownCount: number
  readonly contactCount: number
  /** Null when there are none. */
  readonly firstAt: number | null
  readonly lastAt: number | null
}

export async function countShareable(
  database: AccountDatabase,
  conversation: number,
  { from, to }: AskedRange,
): Promise<Shareable> {
  const rows = await rowsBetween(database, conversation, { after: from - 1, to })
  const messages = rows.filter((row) => (toPiece(row)?.body ?? null) !== null)
  const contactCount = messages.filter(({ sender }) => sender === conversation).length
  return {
    ownCount: messages.length - contactCount,
    contactCount,
    firstAt: messages[0]?.at ?? null,
    lastAt: messages.at(-1)?.at ?? null,
  }
}

const rowsBetween = (
  { messages }: AccountDatabase,
  conversation: number,
  { after, to, limit = Infinity }: { after: number; to: number; limit?: number },
): Promise<MessageRow[]> =>
  messages
    .where('[conversation+position]')
    .between([conversation, after], [conversation, to], false, true)
    .limit(limit)
    .toArray()

/** Null for what has no place in the log, and for what this browser cannot read either. */
function toPiece(row: MessageRow): Piece | null {
  const { id, position: seq, sender: by, kind, text, againFor } = row
  if (kind === 'notice') return noteOfRefresh(row)
  if (kind === 'unreadable' || kind === 'unknown' || !ENTRY_ID.test(id)) return null
  // Copies that were made for the contact's sake repeat what stands in its place.
  const isMessage = kind === 'text' && againFor === undefined
  return { id, seq, by, body: isMessage ? text : null }
}

/** A refresh is shown by a notice just before its entry. */
function noteOfRefresh({ id, position, sender: by }: MessageRow): Piece | null {
  const entry = id.slice(0, -KEYS_CHANGED.length)
  if (!id.endsWith(KEYS_CHANGED) || !ENTRY_ID.test(entry)) return null
  return { id: entry, seq: Math.ceil(position), by, body: null }
}

/** How many pieces, from the first, make one batch: at least one. */
function countFitting(pieces: readonly Piece[]): number {
  let sizeBytes = 0
  const over = pieces.findIndex((piece, index) => {
    sizeBytes += utf8(JSON.stringify(piece)).length
    return index > 0 && (index === PIECES_MOST || sizeBytes > BATCH_MOST_BYTES)
  })
  return over === -1 ? pieces.length : over
}

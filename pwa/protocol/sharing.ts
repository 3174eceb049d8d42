/** Pieces of history that the other side shares: what a reader takes of them, and what contradicts the log. */
import type { AskContent, Piece } from './content.ts'

/** The other side passes over a question that stands less than this after one that its person declined, by `acceptedAt`. */
export const ASK_AGAIN_MS = 60 * 60_000

/** What a reader knows of an entry that a piece speaks of. */
export interface KnownEntry {
  readonly seq: number
  /** Account id. */
  readonly sender: number
  /** It could not be opened for want of keys. */
  readonly isUnopened: boolean
  /** What the reader has of its text, from the entry or from its copy, or from an earlier piece. */
  readonly text: string | null
}

/** Why a piece is not taken; all of it contradicts the question, the log, or what was read. */
export type PieceRefusal =
  | 'not_asked'
  | 'unknown_entry'
  | 'wrong_seq'
  | 'wrong_author'
  /** The log shows what this entry is, and it is no message. */
  | 'no_message'
  | 'other_text'

/** `placed`: its text is taken. `note`: the entry was no message. `known`: it says nothing new. */
export type PieceVerdict = 'placed' | 'note' | 'known' | PieceRefusal

/** Judges a piece by the question it answers and by what is known of its entry; null: this log has no such entry. */
export function judgePiece(
  piece: Piece,
  asked: Pick<AskContent, 'from' | 'to'>,
  known: KnownEntry | null,
): PieceVerdict {
  if (piece.seq < asked.from || piece.seq > asked.to) return 'not_asked'
  if (!known) return 'unknown_entry'
  if (known.seq !== piece.seq) return 'wrong_seq'
  if (known.sender !== piece.by) return 'wrong_author'
  if (known.text !== null) return piece.body === known.text ? 'known' : 'other_text'
  if (piece.body === null) return known.isUnopened ? 'note' : 'known'
  return known.isUnopened ? 'placed' : 'no_message'
}

/**
 * Puts pieces of history that the contact shared into their places. Only entries that could not be opened for want of keys take
 * one, and only where a question of ours stands in the log; what this browser has read itself stays as it is.
 */
import { Dexie } from 'dexie'
import type { Piece, ShareContent } from '../../protocol/content.ts'
import { judgePiece, type KnownEntry, type PieceVerdict } from '../../protocol/sharing.ts'
import type { AccountDatabase, AskRecord, MessageRow } from '../history/database.ts'
import { isUnopened } from './ask-range.ts'
import { readRange, type AskedRange } from './row-texts.ts'

/** A batch as the log shows it. */
export interface ReceivedShare {
  /** Account id. */
  readonly sender: number
  readonly seq: number
  readonly content: ShareContent
}

/** Takes the batches of a page, in their order. Call it inside a transaction over messages and conversations. */
export async function takeShares(
  database: AccountDatabase,
  conversation: number,
  shares: readonly ReceivedShare[],
): Promise<void> {
  for (const share of shares) {
    if (share.sender !== conversation) continue
    const range = await rangeAskedFor(database, conversation, share)
    if (!range) continue
    const verdicts = await placePieces(database, conversation, { range, pieces: share.content.pieces })
    await countIn(database, conversation, { share, verdicts })
  }
}

/** The batches of a log that is read again: their pieces are placed where they were not, and nothing is counted. */
export async function takeSharesAgain(
  database: AccountDatabase,
  conversation: number,
  shares: readonly ReceivedShare[],
): Promise<void> {
  for (const share of shares) {
    const range = await rangeAskedFor(database, conversation, share)
    if (share.sender !== conversation || !range) continue
    await placePieces(database, conversation, { range, pieces: share.content.pieces })
  }
}

/** Null unless a question of ours stands in this log, before the batch. */
async function rangeAskedFor(
  { messages }: AccountDatabase,
  conversation: number,
  { seq, content }: ReceivedShare,
): Promise<AskedRange | null> {
  const row = await messages.get(content.ask)
  const isOurQuestion =
    row?.kind === 'ask' && row.conversation === conversation && row.sender !== conversation
  return isOurQuestion && row.position < seq ? readRange(row.text) : null
}

interface Judged {
  readonly verdict: PieceVerdict
  readonly isMessage: boolean
}

async function placePieces(
  database: AccountDatabase,
  conversation: number,
  { range, pieces }: { range: AskedRange; pieces: readonly Piece[] },
): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  for (const piece of pieces) {
    const row = await database.messages.get(piece.id)
    const known = row?.conversation === conversation ? row : undefined
    const copy = known?.kind === 'hidden' ? await shownCopy(database, known) : undefined
    const verdict = judgePiece(piece, range, known ? knownEntry(known, copy) : null)
    judged.push({ verdict, isMessage: piece.body !== null })
    if (verdict === 'placed' && piece.body !== null)
      await database.messages.update(piece.id, { kind: 'text', text: piece.body, isShared: true })
    if (verdict === 'note') await database.messages.update(piece.id, { kind: 'hidden' })
    if (verdict === 'known' && known && copy) await putInPlace(database, known, copy)
  }
  return judged
}

const knownEntry = (row: MessageRow, copy: MessageRow | undefined): KnownEntry => ({
  seq: row.position,
  sender: row.sender,
  isUnopened: isUnopened(row),
  text: row.kind === 'text' ? row.text : (copy?.text ?? null),
})

/** The copy of a message that was sent again, as long as it is shown instead. */
const shownCopy = (
  { messages }: AccountDatabase,
  { id, conversation, position, sender }: MessageRow,
): Promise<MessageRow | undefined> =>
  messages
    .where('[conversation+position]')
    .between([conversation, position], [conversation, Dexie.maxKey], false)
    .and((row) => row.again === id && row.kind === 'text' && row.sender === sender)
    .first()

/** What its writer sent again stands in its old place from now on; the words are those of the copy. */
async function putInPlace(
  { messages }: AccountDatabase,
  original: MessageRow,
  copy: MessageRow,
): Promise<void> {
  await messages.update(original.id, { kind: 'text', text: copy.text })
  await messages.update(copy.id, { kind: 'hidden' })
}

async function countIn(
  { conversations }: AccountDatabase,
  conversation: number,
  { share, verdicts }: { share: ReceivedShare; verdicts: readonly Judged[] },
): Promise<void> {
  const asked = (await conversations.get(conversation))?.asked
  if (asked?.id !== share.content.ask) return
  const refused = { ...asked.refused }
  let { taken } = asked
  for (const { verdict, isMessage } of verdicts) {
    if (verdict === 'placed' || (verdict === 'known' && isMessage)) taken += 1
    else if (verdict !== 'note' && verdict !== 'known') refused[verdict] = (refused[verdict] ?? 0) + 1
  }
  await conversations.update(conversation, {
    asked: { ...asked, taken, refused, rest: restOf(asked, share) },
    // Whoever looked away from a question wants to see the answer.
    ...(asked.rest === null && { askDismissedUpTo: 0 }),
  })
}

/** No more than was asked for can be to come, whatever the contact says. */
const restOf = ({ from, to }: AskRecord, { content }: ReceivedShare): number =>
  Math.min(content.rest, to - from + 1)

/** What reading one entry gives: a state of the log and lines of the timeline, and the words for what could not be read. */
import type { Entry } from '../../../server/wire/log.ts'
import type { NoticeKind } from '../contract/conversation.ts'
import type { LogRow, MessageRow, OutboxRow, SealRecord } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import type { ReceivedAsk } from '../sharing/note-ask.ts'
import type { ReceivedShare } from '../sharing/place-pieces.ts'

/** Why an entry cannot be shown as a message. */
export type UnreadableReason =
  | 'malformed'
  | 'no_exchange'
  | 'no_keys'
  | 'other_browser'
  | 'mac'
  | 'played_back'
  | 'replay'
  | 'key_set_conflict'
  | 'decryption'
  | 'content'

/** What this browser already knows of an entry: its row, where it could be read or is ours, and its place in the outbox. */
export interface KnownRecord {
  readonly message: MessageRow | undefined
  readonly outbox: OutboxRow | undefined
  /** It was read before, and stands in the timeline at its place: as a message, or as the notice of a refresh. */
  readonly isShown: boolean
}

export interface Reading {
  readonly log: LogRow
  readonly lines: readonly MessageRow[]
  /** The key set and IV that a verified entry of our own was sealed under. */
  readonly ownSeal: SealRecord | null
  /** An entry of ours stands in the log with another envelope than the one sealed last. */
  readonly isOtherSeal: boolean
  /** A question for the history, or a batch of it. */
  readonly ask?: ReceivedAsk
  readonly share?: ReceivedShare
}

export interface Context {
  readonly open: OpenAccount
  readonly conversation: number
  readonly entry: Entry
  readonly known: KnownRecord
  /** The running hash of this log after an earlier seq; null when it is not known here. */
  readonly hashAt: (seq: number) => Promise<string | null>
}

/**
 * An entry of our own that this browser cannot open was written by another one, unless we wrote it: then its text is known
 * here, and only another envelope than the one we sent is worth a word. One that stood in the log before is a replay.
 */
export function unreadable(
  context: Context,
  log: LogRow,
  reason: UnreadableReason,
  exchange: string | null = null,
): Reading {
  const isOwn = context.entry.sender === context.open.account.id
  const isKeyless = reason === 'no_keys' || reason === 'no_exchange'
  const { message, outbox, isShown } = context.known
  // Read before, with keys that are gone since: it stays as it is shown.
  if (isShown) return plain(log)
  if (isOwn && message && message.position > context.entry.seq) {
    const stored = { ...message, position: context.entry.seq, at: context.entry.acceptedAt }
    const isAsSent = outbox?.envelope === context.entry.envelope
    return plain(log, isAsSent ? [stored] : [noticeLine(context, 'log-differs'), stored])
  }
  const text = isOwn && isKeyless ? 'other_browser' : reason
  context.open.tools.log({
    operation: 'refuse',
    purpose: 'entry',
    peer: context.conversation,
    entry: context.entry.id,
    outcome: 'refused',
    reason: text,
  })
  const next = exchange === null ? log : noteUnopened(log, exchange, isOwn ? 'ownUnopened' : 'unopened')
  return plain(next, [{ ...lineOf(context), kind: 'unreadable', text, seal: null }])
}

const noteUnopened = (log: LogRow, exchange: string, list: 'unopened' | 'ownUnopened'): LogRow => ({
  ...log,
  [list]: [...new Set([...(log[list] ?? []), exchange])],
})

export function plain(
  log: LogRow,
  lines: readonly MessageRow[] = [],
  ownSeal: SealRecord | null = null,
): Reading {
  return { log, lines, ownSeal, isOtherSeal: false }
}

export const lineOf = ({ entry, conversation }: Context) => ({
  id: entry.id,
  conversation,
  position: entry.seq,
  sender: entry.sender,
  at: entry.acceptedAt,
})

/** A notice about an entry stands just before it. */
export function noticeLine(context: Context, notice: NoticeKind): MessageRow {
  const line = lineOf(context)
  return {
    ...line,
    id: `${line.id}/${notice}`,
    position: line.position - 0.5,
    kind: 'notice',
    text: notice,
    seal: null,
  }
}

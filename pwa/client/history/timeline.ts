/** What the screens show of the history, read by ranges of one index. */
import { Dexie } from 'dexie'
import type {
  ConversationSummary,
  MessageState,
  NoticeKind,
  Timeline,
  TimelineItem,
} from '../contract/conversation.ts'
import {
  PENDING_POSITION,
  outboxOf,
  type AccountDatabase,
  type ConversationRow,
  type MessageKind,
  type MessageRow,
  type OutboxRow,
} from './database.ts'

/** Above this the badge says "99+". */
const UNREAD_MOST = 100
/** How far back the list looks for a message behind notices. */
const LAST_AMONG = 10

interface Reader {
  readonly database: AccountDatabase
  readonly self: number
  /** Exchanges whose keys are held here. */
  readonly heldExchanges: ReadonlySet<string>
}

/** The newest `limit` items of a conversation, oldest first. */
export async function readTimeline(reader: Reader, conversation: number, limit: number): Promise<Timeline> {
  const newest = await newestRows(reader.database, conversation, limit + 1)
  const toItem = await itemReader(reader, conversation)
  return { items: newest.slice(0, limit).toReversed().map(toItem), hasOlder: newest.length > limit }
}

/** Every conversation, the one with the newest item first. */
export async function readSummaries(reader: Reader): Promise<readonly ConversationSummary[]> {
  const { database } = reader
  const connection = await database.meta.get('connection')
  const online = connection?.name === 'connection' ? connection.online : {}
  const rows = await database.conversations.toArray()
  const summaries = await Promise.all(
    rows.map(async (row) => ({
      contact: { id: row.conversation, username: row.username },
      isContactOnline: row.conversation in online,
      unreadCount: await countUnread(reader, row),
      last: await readLast(reader, row.conversation),
    })),
  )
  return summaries.toSorted((a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0))
}

/** The newest message; a notice only where there is nothing else near the end. */
async function readLast(reader: Reader, conversation: number): Promise<TimelineItem | null> {
  const rows = await newestRows(reader.database, conversation, LAST_AMONG)
  const row = rows.find(({ kind }) => kind !== 'notice') ?? rows[0]
  return row ? (await itemReader(reader, conversation))(row) : null
}

function newestRows(database: AccountDatabase, conversation: number, limit: number): Promise<MessageRow[]> {
  return database.messages
    .where('[conversation+position]')
    .between([conversation, Dexie.minKey], [conversation, Dexie.maxKey])
    .and(isShown)
    .reverse()
    .limit(limit)
    .toArray()
}

const NEVER_SHOWN: ReadonlySet<MessageKind> = new Set<MessageKind>(['lost', 'share', 'hidden'])

const isShown = ({ kind, againFor }: MessageRow): boolean => !NEVER_SHOWN.has(kind) && againFor === undefined

function countUnread({ database, self }: Reader, row: ConversationRow): Promise<number> {
  return database.messages
    .where('[conversation+position]')
    .between([row.conversation, row.readPosition], [row.conversation, PENDING_POSITION], false)
    .and((message) => message.sender !== self && message.kind !== 'notice' && isShown(message))
    .limit(UNREAD_MOST)
    .count()
}

async function itemReader(reader: Reader, conversation: number): Promise<(row: MessageRow) => TimelineItem> {
  const contact = await reader.database.conversations.get(conversation)
  const queued = new Map((await outboxOf(reader.database, conversation)).map((row) => [row.id, row]))
  return (row) => toItem(row, { reader, contactApplied: contact?.contactApplied ?? 0, queued })
}

interface Surroundings {
  readonly reader: Reader
  readonly contactApplied: number
  readonly queued: ReadonlyMap<string, OutboxRow>
}

function toItem(row: MessageRow, surroundings: Surroundings): TimelineItem {
  const { self, heldExchanges } = surroundings.reader
  const { id, at } = row
  const isMine = row.sender === self
  switch (row.kind) {
    case 'lost':
    case 'share':
    case 'hidden':
      throw new Error('not an item of the timeline')
    case 'notice':
      return { kind: 'notice', id, at, isMine, notice: row.text as NoticeKind } // written by receive only, from that type
    case 'ask':
      return { kind: 'notice', id, at, isMine, notice: isMine ? 'history-asked-here' : 'history-asked' }
    case 'unreadable':
      return { kind: 'unreadable', id, at, isMine, reason: row.text }
    case 'unknown':
      return { kind: 'unreadable', id, at, isMine, reason: 'newer_version' }
    case 'text':
      return {
        kind: 'message',
        id,
        at,
        isMine,
        text: row.text,
        state: isMine ? stateOf(row, surroundings) : null,
        isKeyGone: row.seal !== null && !heldExchanges.has(row.seal.exchange),
        isFromElsewhere: row.isFromElsewhere === true,
        isShared: row.isShared === true,
      }
  }
}

function stateOf(row: MessageRow, { contactApplied, queued }: Surroundings): MessageState {
  if (row.position < PENDING_POSITION) return contactApplied >= row.position ? 'delivered' : 'sent'
  if (!row.seal) return 'waiting'
  const envelope = queued.get(row.id)
  if (envelope?.parked) return 'failed'
  return envelope?.storedSeq ? 'sent' : 'queued'
}

/** From the timeline to what is drawn: day lines, and messages that belong together. */
import type { TimelineItem } from '../../client/contract/conversation.ts'
import { describeDay, isSameDay } from './days.ts'

/** Messages of one writer that follow each other within this time stand as one group. */
const GROUP_MOST_MS = 5 * 60 * 1000

export type NoticeItem = Extract<TimelineItem, { kind: 'notice' }>
/** What stands in a bubble. */
export type BubbleItem = Exclude<TimelineItem, NoticeItem>

export type Row =
  | { readonly kind: 'day'; readonly id: string; readonly at: number; readonly label: string }
  | { readonly kind: 'unread'; readonly id: string }
  /** From here on, messages cannot be read because their keys are not in this browser. */
  | { readonly kind: 'closed'; readonly id: string }
  | { readonly kind: 'notice'; readonly id: string; readonly item: NoticeItem }
  | {
      readonly kind: 'bubble'
      readonly id: string
      readonly item: BubbleItem
      readonly startsGroup: boolean
      readonly endsGroup: boolean
    }

interface Reading {
  /** Milliseconds. */
  readonly now: number
  /** Where the reader goes on; null when there was nothing new. */
  readonly firstUnreadId: string | null
  /** Whether items are missing before the first. */
  readonly hasOlder: boolean
}

/** The rows of a timeline, oldest first. */
export function toRows(
  items: readonly TimelineItem[],
  { now, firstUnreadId, hasOlder }: Reading,
): readonly Row[] {
  const firstClosed = items.findIndex(isClosed)
  return items.flatMap((item, index) => {
    const { id, at } = item
    const before = items[index - 1]
    const rows: Row[] = []
    if (!before || !isSameDay(before.at, at))
      rows.push({ kind: 'day', id: `day-${id}`, at, label: describeDay(at, now) })
    if (id === firstUnreadId) rows.push({ kind: 'unread', id: 'unread' })
    if (index === firstClosed && (index > 0 || !hasOlder)) rows.push({ kind: 'closed', id: 'closed' })
    rows.push(toRow(item, before, items[index + 1]))
    return rows
  })
}

const WITHOUT_KEYS = new Set(['no_keys', 'no_exchange', 'other_browser'])

const isClosed = (item: TimelineItem): boolean => item.kind === 'unreadable' && WITHOUT_KEYS.has(item.reason)

/** The first of the contact's newest `unreadCount` messages; null when none is unread, or when the reader has answered since. */
export function findFirstUnread(items: readonly TimelineItem[], unreadCount: number): string | null {
  const messages = items.filter((item) => item.kind !== 'notice')
  if (unreadCount === 0 || messages.at(-1)?.isMine === true) return null
  return messages.filter((item) => !item.isMine).at(-unreadCount)?.id ?? null
}

function toRow(item: TimelineItem, before: TimelineItem | undefined, after: TimelineItem | undefined): Row {
  if (item.kind === 'notice') return { kind: 'notice', id: item.id, item }
  return {
    kind: 'bubble',
    id: item.id,
    item,
    startsGroup: !belongTogether(before, item),
    endsGroup: !belongTogether(item, after),
  }
}

function belongTogether(one: TimelineItem | undefined, next: TimelineItem | undefined): boolean {
  if (!one || !next || one.kind === 'notice' || next.kind === 'notice') return false
  return one.isMine === next.isMine && isSameDay(one.at, next.at) && next.at - one.at <= GROUP_MOST_MS
}

import { useRef, useState } from 'preact/hooks'
import type { Timeline } from '../../client/contract/conversation.ts'
import { useLogScroll } from '../hooks/use-log-scroll.ts'
import { useNow } from '../hooks/use-now.ts'
import { describeDate } from '../timeline/days.ts'
import { toRows, type Row } from '../timeline/rows.ts'
import { Bubble } from './bubble.tsx'
import { DownIcon, LockIcon } from './icons.tsx'
import { NoticeLine } from './notice-line.tsx'

interface MessageLogProps {
  readonly contactName: string
  readonly timeline: Timeline
  /** Above this one stands that new messages begin; null for none. */
  readonly firstUnreadId: string | null
  readonly isLoadingOlder: boolean
  readonly onOlder: () => void
}

/** The messages of a conversation, newest at the bottom. */
export function MessageLog(props: MessageLogProps) {
  const { contactName, timeline, firstUnreadId, isLoadingOlder, onOlder } = props
  const log = useRef<HTMLDivElement>(null)
  const now = useNow()
  const { items, hasOlder } = timeline
  const { isAtEnd, onScroll, goToEnd } = useLogScroll(log, items, () => {
    if (hasOlder && !isLoadingOlder) onOlder()
  })
  const newCount = useNewCount(timeline, isAtEnd)
  const rows = toRows(items, { now, firstUnreadId, hasOlder })
  return (
    <div class="log-place">
      <div
        ref={log}
        class="log"
        role="log"
        aria-label={`Messages with ${contactName}`}
        aria-live={isLoadingOlder ? 'off' : 'polite'}
        tabIndex={0}
        onScroll={onScroll}
      >
        {hasOlder && <p class="log-older">Loading older messages…</p>}
        {items.length === 0 ? (
          <EmptyLog contactName={contactName} />
        ) : (
          <ol class="lines">
            {rows.map((row) => (
              <LogRow key={row.id} row={row} contactName={contactName} />
            ))}
          </ol>
        )}
      </div>
      {!isAtEnd && (
        <button
          type="button"
          class="to-newest"
          onClick={goToEnd}
          aria-label="Jump to newest message"
          title="Jump to newest message"
        >
          <DownIcon />
          {newCount > 0 && <span class="badge">{newCount}</span>}
        </button>
      )}
    </div>
  )
}

function LogRow({ row, contactName }: { row: Row; contactName: string }) {
  if (row.kind === 'day') return <DayLine at={row.at} label={row.label} />
  if (row.kind === 'unread') return <UnreadLine />
  if (row.kind === 'closed') return <ClosedLine />
  if (row.kind === 'notice') return <NoticeLine item={row.item} contactName={contactName} />
  return (
    <Bubble
      item={row.item}
      contactName={contactName}
      startsGroup={row.startsGroup}
      endsGroup={row.endsGroup}
    />
  )
}

function DayLine({ at, label }: { at: number; label: string }) {
  return (
    <li class="day-line">
      <time dateTime={new Date(at).toISOString()} title={describeDate(at)}>
        {label}
      </time>
    </li>
  )
}

function UnreadLine() {
  return (
    <li class="unread-line">
      <span>New messages</span>
    </li>
  )
}

function ClosedLine() {
  return (
    <li class="closed-line">
      <span>From here on there are messages whose keys are not in this browser</span>
    </li>
  )
}

function EmptyLog({ contactName }: { contactName: string }) {
  return (
    <div class="log-empty">
      <LockIcon />
      <p>
        This is the beginning of your conversation with <b>{contactName}</b>. Only the two of you can read
        what you write here.
      </p>
    </div>
  )
}

/** How many messages of the contact came in since the reader left the end. */
function useNewCount({ items }: Timeline, isAtEnd: boolean): number {
  const [seenId, setSeenId] = useState<string | null>(null)
  const newestId = items.at(-1)?.id ?? null
  if (isAtEnd && seenId !== newestId) setSeenId(newestId)
  const seenIndex = items.findIndex((item) => item.id === seenId)
  return items.slice(seenIndex + 1).filter((item) => !item.isMine && item.kind !== 'notice').length
}

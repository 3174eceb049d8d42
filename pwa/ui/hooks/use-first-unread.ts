import { useState } from 'preact/hooks'
import type { Timeline } from '../../client/contract/conversation.ts'
import { findFirstUnread } from '../timeline/rows.ts'

/**
 * Where new messages began when the conversation was opened: they count as read from then on, and the line stays until the
 * reader answers. `unreadCount` counts at its first value only.
 */
export function useFirstUnread(timeline: Timeline | undefined, unreadCount: number): string | null {
  const [countAtOpening] = useState(unreadCount)
  const [found, setFound] = useState<string | null>()
  if (timeline !== undefined && found === undefined) setFound(findFirstUnread(timeline.items, countAtOpening))
  const newest = timeline?.items.findLast((item) => item.kind !== 'notice')
  if (found && newest?.isMine === true) setFound(null)
  return found ?? null
}

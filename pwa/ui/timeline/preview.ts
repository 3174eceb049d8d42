import type { TimelineItem } from '../../client/contract/conversation.ts'
import { describeNotice } from '../words.ts'

/** One line for the conversation list: what the newest item says. */
export function describePreview(item: TimelineItem | null, contactName: string): string {
  if (item === null) return 'No messages yet'
  if (item.kind === 'notice') return describeNotice(item.notice, contactName)
  if (item.kind === 'unreadable') return 'A message that cannot be read'
  return item.isMine ? `You: ${item.text}` : item.text
}

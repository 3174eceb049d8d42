import type { ConversationSummary } from '../../client/contract/conversation.ts'
import { describeMoment } from '../timeline/days.ts'
import { describePreview } from '../timeline/preview.ts'
import { Avatar } from './avatar.tsx'
import { Link } from './link.tsx'
import { StateMark } from './state-mark.tsx'

interface ConversationListProps {
  readonly conversations: readonly ConversationSummary[]
  readonly current: number | null
  readonly now: number
  /** Without a connection nobody knows who is online. */
  readonly isConnected: boolean
}

/** The conversations, in the order the client gives them. */
export function ConversationList({ conversations, current, now, isConnected }: ConversationListProps) {
  return (
    <nav class="list" aria-label="Conversations">
      <ul>
        {conversations.map((conversation) => (
          <li key={conversation.contact.id}>
            <ConversationLink
              conversation={conversation}
              isCurrent={conversation.contact.id === current}
              isOnline={conversation.isContactOnline && isConnected}
              now={now}
            />
          </li>
        ))}
      </ul>
    </nav>
  )
}

interface ConversationLinkProps {
  readonly conversation: ConversationSummary
  readonly isCurrent: boolean
  readonly isOnline: boolean
  readonly now: number
}

function ConversationLink({ conversation, isCurrent, isOnline, now }: ConversationLinkProps) {
  const { contact, last, unreadCount } = conversation
  return (
    <Link
      to={{ name: 'conversation', contact: contact.id }}
      class={unreadCount > 0 ? 'list-link list-link-unread' : 'list-link'}
      isCurrent={isCurrent}
    >
      <Avatar name={contact.username} isOnline={isOnline} />
      <span class="list-name">
        {contact.username}
        {isOnline && <span class="hidden-words">, online</span>}
      </span>
      {last && (
        <time class="list-time" dateTime={new Date(last.at).toISOString()}>
          {describeMoment(last.at, now)}
        </time>
      )}
      <span class="list-preview">
        {last?.kind === 'message' && last.state !== null && <StateMark state={last.state} />}
        <span class="list-preview-words">{describePreview(last, contact.username)}</span>
      </span>
      {unreadCount > 0 && (
        <span class="badge">
          {unreadCount > 99 ? '99+' : unreadCount}
          <span class="hidden-words"> unread</span>
        </span>
      )}
    </Link>
  )
}

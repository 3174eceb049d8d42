import type { RefObject } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { ConversationView, TimelineItem } from '../../client/contract/conversation.ts'
import type { OwnAsking } from '../../client/contract/history-sharing.ts'
import type { Status } from '../../client/contract/status.ts'
import { Avatar } from '../components/avatar.tsx'
import { Button, IconButton } from '../components/button.tsx'
import { Composer } from '../components/composer.tsx'
import { ConversationStrips } from '../components/conversation-strips.tsx'
import { BackIcon, HistoryIcon, MoreIcon, RefreshIcon, ShieldIcon } from '../components/icons.tsx'
import { Menu } from '../components/menu.tsx'
import { MessageLog } from '../components/message-log.tsx'
import { SafetyNumberDialog } from '../components/safety-number-dialog.tsx'
import { VerifiedMark } from '../components/verified-mark.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand, type Command } from '../hooks/use-command.ts'
import { useDraft } from '../hooks/use-draft.ts'
import { useFirstUnread } from '../hooks/use-first-unread.ts'
import { useLive } from '../hooks/use-live.ts'
import { useMarkRead } from '../hooks/use-mark-read.ts'
import { useNow } from '../hooks/use-now.ts'
import { useTimeline } from '../hooks/use-timeline.ts'
import { leaveToList } from '../routes.ts'
import { describeError } from '../words.ts'

interface ConversationProps {
  readonly contact: number
  readonly status: Status
  /** How many messages were unread when this conversation was opened. */
  readonly unreadCount: number
  /** Begins with the focus in the field. */
  readonly isWriting: boolean
  readonly onOutbox: () => void
}

/** One conversation. Give it a `key` by contact: its state belongs to one. */
export function Conversation({ contact, ...others }: ConversationProps) {
  const client = useClient()
  const view = useLive(useMemo(() => client.conversation(contact), [client, contact]))
  if (view === undefined) return <section class="conversation" aria-busy="true" />
  if (view === null) return <MissingConversation />
  return <FoundConversation view={view} {...others} />
}

interface FoundConversationProps extends Omit<ConversationProps, 'contact'> {
  readonly view: ConversationView
}

function FoundConversation(props: FoundConversationProps) {
  const draft = useDraft(props.view.contact.id)
  if (draft === undefined) return <section class="conversation" aria-busy="true" />
  return <OpenConversation draft={draft} {...props} />
}

interface OpenConversationProps extends FoundConversationProps {
  /** What was typed here before and not sent. */
  readonly draft: string
}

function OpenConversation(props: OpenConversationProps) {
  const { view, draft, status, unreadCount, isWriting, onOutbox } = props
  const client = useClient()
  const command = useCommand()
  const contact = view.contact.id
  const name = view.contact.username
  const field = useRef<HTMLTextAreaElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const { timeline, isLoadingOlder, loadOlder } = useTimeline(contact)
  const sharing = useLive(useMemo(() => client.sharing(contact), [client, contact]))
  useMarkRead(contact, timeline)
  const firstUnreadId = useFirstUnread(timeline, unreadCount)
  const isContactOnline = knowPresence(view, status)
  const [isComparing, setIsComparing] = useState(false)

  useEffect(() => {
    const hasRoomAndKeyboard = matchMedia('(min-width: 721px) and (pointer: fine)').matches
    const target = isWriting || hasRoomAndKeyboard ? field : heading
    target.current?.focus()
  }, [])

  async function send(text: string): Promise<boolean> {
    try {
      await client.sendMessage(contact, text)
      command.setFault(null)
      return true
    } catch (error) {
      command.setFault(describeError(error))
      return false
    }
  }

  return (
    <section class="conversation" aria-labelledby="conversation-name">
      <ConversationHead
        view={view}
        asking={status.keys.state === 'gone' ? null : (sharing?.own ?? null)}
        isContactOnline={isContactOnline}
        command={command}
        heading={heading}
        onCompare={() => setIsComparing(true)}
      />
      {timeline ? (
        <MessageLog
          contactName={name}
          timeline={timeline}
          firstUnreadId={firstUnreadId}
          isLoadingOlder={isLoadingOlder}
          onOlder={loadOlder}
        />
      ) : (
        <div class="log-place" aria-busy="true" />
      )}
      <ConversationStrips
        view={view}
        sharing={sharing}
        areKeysGone={status.keys.state === 'gone'}
        hasWaiting={timeline?.items.some(isWaiting) === true}
        isContactOnline={isContactOnline}
        command={command}
        onCompare={() => setIsComparing(true)}
        onOutbox={onOutbox}
      />
      <Composer
        contactName={name}
        draft={draft}
        field={field}
        obstacle={findObstacle(status)}
        onDraft={(text) => client.noteDraft(contact, text)}
        onSend={send}
      />
      {isComparing && <SafetyNumberDialog contact={view.contact} onClose={() => setIsComparing(false)} />}
    </section>
  )
}

interface ConversationHeadProps {
  readonly view: ConversationView
  /** What cannot be read here and may be asked for; null: nothing. */
  readonly asking: OwnAsking | null
  readonly isContactOnline: boolean | null
  readonly command: Command
  readonly heading: RefObject<HTMLHeadingElement | null>
  readonly onCompare: () => void
}

function ConversationHead(props: ConversationHeadProps) {
  const { view, asking, isContactOnline, command, heading, onCompare } = props
  const client = useClient()
  const { contact, epoch } = view
  const isAskable = useIsAskable(asking)
  return (
    <header class="conversation-head">
      <span class="back">
        <IconButton label="Back to conversations" onPress={leaveToList}>
          <BackIcon />
        </IconButton>
      </span>
      <Avatar name={contact.username} isOnline={isContactOnline === true} />
      <div class="conversation-title">
        <div class="conversation-name">
          <h2 id="conversation-name" ref={heading} tabIndex={-1}>
            {contact.username}
          </h2>
          {view.isVerified && <VerifiedMark />}
        </div>
        {isContactOnline !== null && <p>{isContactOnline ? 'Online' : 'Offline'}</p>}
      </div>
      <Menu
        label="Conversation menu"
        trigger={<MoreIcon />}
        heading={epoch === null ? 'No keys exchanged yet' : `End-to-end encrypted, key set ${epoch}`}
        items={[
          {
            label: 'Refresh keys',
            hint: 'Makes new keys. Old messages stay readable.',
            icon: <RefreshIcon />,
            isDisabled: epoch === null,
            onChoose: () => command.run(() => client.refreshKeys(contact.id)),
          },
          {
            label: 'Verify safety number',
            hint: view.isVerified
              ? 'You have verified this contact.'
              : 'Makes sure that nobody stands between you.',
            icon: <ShieldIcon />,
            onChoose: onCompare,
          },
          ...(isAskable
            ? [
                {
                  label: 'Ask for the history',
                  hint: `Messages that cannot be read here: ${contact.username} may have them.`,
                  icon: <HistoryIcon />,
                  onChoose: () => command.run(() => client.askForHistory(contact.id)),
                },
              ]
            : []),
        ]}
      />
    </header>
  )
}

function useIsAskable(asking: OwnAsking | null): boolean {
  const now = useNow()
  return asking?.state === 'offer' || (asking !== null && asking.againAt !== null && asking.againAt <= now)
}

function MissingConversation() {
  return (
    <section class="conversation conversation-missing">
      <h2>No such conversation</h2>
      <p>It is not on this device. Find the person by username to begin one.</p>
      <Button kind="quiet" onPress={leaveToList}>
        Back to conversations
      </Button>
    </section>
  )
}

/** Whether the contact is online is the server's word: without a connection nobody knows, and the banner says why. */
function knowPresence(view: ConversationView, { who, connection }: Status): boolean | null {
  return who.state === 'signed-in' && connection === 'connected' ? view.isContactOnline : null
}

function isWaiting(item: TimelineItem): boolean {
  return item.kind === 'message' && item.state === 'waiting'
}

function findObstacle(status: Status): string | null {
  if (status.keys.state === 'gone') return 'Your keys are gone: choose above how to go on, then send this.'
  if (status.keys.state === 'storage-full') return 'There is no room left in this browser to keep a message.'
  return null
}

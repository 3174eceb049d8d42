import { useEffect, useRef, useState } from 'preact/hooks'
import type { Lack, Status } from '../../client/contract/status.ts'
import type { Account as AccountRecord } from '../../../server/wire/account.ts'
import { Banners } from '../components/banners.tsx'
import { Dialog } from '../components/dialog.tsx'
import { ForcedChange } from '../components/forced-change.tsx'
import { KeysGone } from '../components/keys-gone.tsx'
import { RestoreDialog } from '../components/restore-dialog.tsx'
import { Mark } from '../components/mark.tsx'
import { OutboxDialog } from '../components/outbox-dialog.tsx'
import { Sidebar } from '../components/sidebar.tsx'
import { SessionEndDialog } from '../components/session-end-dialog.tsx'
import { SignInForm } from '../components/sign-in-form.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useLive } from '../hooks/use-live.ts'
import { useTitle } from '../hooks/use-title.ts'
import { formatRoute, navigate, type Route } from '../routes.ts'
import type { UpdateOffer } from '../update-prompt.ts'
import { Account } from './account.tsx'
import { Conversation } from './conversation.tsx'
import { Help } from './help.tsx'
import { KeyBackup } from './key-backup.tsx'
import { Privacy } from './privacy.tsx'
import { Storage } from './storage.tsx'

interface MessengerProps {
  readonly account: AccountRecord
  readonly status: Status
  readonly route: Route
  readonly update: UpdateOffer
  readonly lacks: readonly Lack[]
}

/** Everything of somebody who is (or was just now) signed in: the list beside a conversation, or one of them on a phone. */
export function Messenger({ account, status, route, update, lacks }: MessengerProps) {
  const client = useClient()
  const conversations = useLive(client.conversations)
  const outbox = useLive(client.outbox) ?? []
  const [isSigningIn, setIsSigningIn] = useState(false)
  const [isOutboxOpen, setIsOutboxOpen] = useState(false)
  const [edited, setEdited] = useState<{ contact: number; turn: number } | null>(null)
  const [isRestoring, setIsRestoring] = useState(false)
  const contact = route.name === 'conversation' ? route.contact : null
  const turn = edited !== null && edited.contact === contact ? edited.turn : 0
  const isAtBackup = route.name === 'backup' || route.name === 'backup/new'
  const isAtList = route.name === 'home'
  const current = conversations?.find((conversation) => conversation.contact.id === contact)
  const unreadCount = conversations?.reduce((sum, conversation) => sum + conversation.unreadCount, 0) ?? 0
  useTitle(unreadCount === 0 ? 'Letterlock' : `(${unreadCount}) Letterlock`)

  const hasExpired = status.who.state === 'expired'
  useEffect(() => {
    if (!hasExpired) setIsSigningIn(false)
  }, [hasExpired])

  useReturnFocus(contact)

  useEffect(() => {
    if (edited?.contact !== contact) setEdited(null)
  }, [contact])

  /** Opens the conversation anew, with the message as its draft. */
  function edit(of: number): void {
    setIsOutboxOpen(false)
    setEdited((before) => ({ contact: of, turn: (before?.turn ?? 0) + 1 }))
    navigate({ name: 'conversation', contact: of })
  }

  return (
    <div class={`messenger ${isAtList ? 'shows-list' : 'shows-conversation'}`}>
      <Banners status={status} update={update} lacks={lacks} onSignIn={() => setIsSigningIn(true)} />
      {status.keys.state === 'gone' && (
        <KeysGone
          loss={status.loss}
          canPutBack={status.keys.canPutBack}
          onRestore={() => setIsRestoring(true)}
        />
      )}
      <main class="panes">
        {/* For the page as a whole: on a phone the list and its head are not there beside a conversation. */}
        <h1 class="hidden-words">Letterlock</h1>
        <Sidebar
          account={account}
          status={status}
          conversations={conversations}
          current={contact}
          outbox={outbox}
          onOutbox={() => setIsOutboxOpen(true)}
        />
        <div class="main-pane">
          {isAtList && <NothingChosen />}
          {route.name === 'account' && <Account account={account} status={status} />}
          {isAtBackup && (
            <KeyBackup
              key={route.name}
              account={account}
              isConnected={status.connection === 'connected'}
              isBegun={route.name === 'backup/new'}
            />
          )}
          {route.name === 'storage' && <Storage username={account.username} />}
          {route.name === 'help' && <Help isInside />}
          {route.name === 'privacy' && <Privacy isInside />}
          {contact !== null && (
            <Conversation
              key={`${contact} ${turn}`}
              contact={contact}
              status={status}
              unreadCount={current?.unreadCount ?? 0}
              isWriting={turn > 0}
              onOutbox={() => setIsOutboxOpen(true)}
            />
          )}
        </div>
      </main>
      {isOutboxOpen && (
        <OutboxDialog outbox={outbox} status={status} onEdit={edit} onClose={() => setIsOutboxOpen(false)} />
      )}
      {status.mustChangePassword && <ForcedChange username={account.username} />}
      {status.who.state === 'signed-in' && <SessionEndDialog username={account.username} />}
      {isRestoring && <RestoreDialog onClose={() => setIsRestoring(false)} />}
      {isSigningIn && hasExpired && (
        <Dialog title="Sign in again" onClose={() => setIsSigningIn(false)}>
          <SignInForm username={account.username} isSameAccount />
        </Dialog>
      )}
    </div>
  )
}

/** Back in the list, the focus is on the conversation that was left. */
function useReturnFocus(contact: number | null): void {
  const lastContact = useRef<number | null>(null)
  useEffect(() => {
    const left = lastContact.current
    lastContact.current = contact
    if (contact !== null || left === null) return
    const path = formatRoute({ name: 'conversation', contact: left })
    document.querySelector<HTMLElement>(`.list a[href="${path}"]`)?.focus()
  }, [contact])
}

function NothingChosen() {
  return (
    <div class="nothing-chosen">
      <Mark />
      <h2>Your letters, sealed</h2>
      <p>Choose a conversation, or find somebody by username to begin one.</p>
    </div>
  )
}

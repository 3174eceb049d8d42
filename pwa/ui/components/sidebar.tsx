import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ConversationSummary } from '../../client/contract/conversation.ts'
import type { WaitingConversation } from '../../client/contract/outbox.ts'
import type { Status } from '../../client/contract/status.ts'
import type { Account } from '../../../server/wire/account.ts'
import { parseUsername } from '../account/credentials.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useInstall } from '../hooks/use-install.ts'
import { useLive } from '../hooks/use-live.ts'
import { useNow } from '../hooks/use-now.ts'
import { navigate } from '../routes.ts'
import { AboutDialog } from './about-dialog.tsx'
import { Avatar } from './avatar.tsx'
import { Button } from './button.tsx'
import { ConversationList } from './conversation-list.tsx'
import { CryptoLogDialog } from './crypto-log-dialog.tsx'
import { EraseDialog } from './erase-dialog.tsx'
import { Fault } from './fault.tsx'
import {
  DeviceIcon,
  DownIcon,
  HelpIcon,
  KeyIcon,
  ListIcon,
  PersonIcon,
  SearchIcon,
  ShieldIcon,
  SignOutIcon,
} from './icons.tsx'
import { InstallDialog } from './install-dialog.tsx'
import { Menu } from './menu.tsx'
import { OutboxLine } from './outbox-line.tsx'
import { SignOutDialog } from './sign-out-dialog.tsx'

interface SidebarProps {
  readonly account: Account
  readonly status: Status
  /** Undefined until the history has been read. */
  readonly conversations: readonly ConversationSummary[] | undefined
  readonly current: number | null
  readonly outbox: readonly WaitingConversation[]
  readonly onOutbox: () => void
}

const NAME_FAULT = 'A username has 3 to 32 letters, digits, dots, dashes or underscores.'
const SEARCH_KEYS = /Mac|iP/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'
const OWN_NAME_FAULT = 'That is your own username. Type the name of somebody else.'

/** The list of conversations, the way to new ones, and the account. */
export function Sidebar(props: SidebarProps) {
  const { account, status, conversations, current, outbox, onOutbox } = props
  const client = useClient()
  const command = useCommand()
  const now = useNow()
  const [typed, setTyped] = useState('')
  const search = useRef<HTMLInputElement>(null)
  useSearchKeys(search)
  const name = parseUsername(typed)
  const found =
    conversations?.filter(({ contact }) => contact.username.includes(typed.trim().toLowerCase())) ?? []
  const known = found.find(({ contact }) => contact.username === name)?.contact

  function open(contact: Account): void {
    setTyped('')
    navigate({ name: 'conversation', contact: contact.id })
  }

  function findContact(): void {
    if (known) return open(known)
    if (name === null) return command.setFault(NAME_FAULT)
    if (name === account.username) return command.setFault(OWN_NAME_FAULT)
    command.run(async () => {
      const contact = await client.startConversation(name)
      if (contact) open(contact)
      else command.setFault(`Nobody here is called “${name}”. The name has to match exactly.`)
    })
  }

  return (
    <section class="sidebar" aria-label="Overview">
      <header class="sidebar-head">
        <AccountMenu account={account} outboxCount={status.outboxCount} />
        <p class="sidebar-title">Letterlock</p>
        {status.connection === 'connecting' && <span class="connecting">Connecting…</span>}
      </header>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
          findContact()
        }}
      >
        <div class="search-box">
          <SearchIcon />
          <input
            ref={search}
            aria-keyshortcuts="Control+K Meta+K"
            type="search"
            aria-label="Find someone by username"
            placeholder="Find someone by username"
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value)
              command.setFault(null)
            }}
          />
          {typed === '' && (
            <kbd class="search-keys" aria-hidden="true">
              {SEARCH_KEYS}
            </kbd>
          )}
        </div>
        {typed.trim() !== '' && !known && (
          <Button type="submit" kind="quiet" isBusy={command.isBusy}>
            Write to “{typed.trim().toLowerCase()}”
          </Button>
        )}
        <Fault words={command.fault} />
      </form>
      <ConversationList
        conversations={found}
        current={current}
        now={now}
        isConnected={status.connection === 'connected'}
      />
      {conversations?.length === 0 && typed === '' && (
        <div class="list-empty">
          <SearchIcon />
          <h2>No conversations yet</h2>
          <p>Type somebody’s exact username above to write the first message.</p>
          <p>
            Others find you as <b>{account.username}</b>.
          </p>
        </div>
      )}
      <OutboxLine outbox={outbox} onOpen={onOutbox} />
    </section>
  )
}

/** Control (or Command) and K lead to the search, from wherever the focus is. */
function useSearchKeys(search: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const focusSearch = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || event.shiftKey || event.altKey) return
      if (event.ctrlKey === event.metaKey || document.querySelector('dialog[open]')) return
      event.preventDefault()
      search.current?.focus()
    }
    addEventListener('keydown', focusSearch)
    return () => removeEventListener('keydown', focusSearch)
  }, [])
}

function AccountMenu({ account, outboxCount }: { account: Account; outboxCount: number }) {
  const [dialog, setDialog] = useState<'about' | 'crypto-log' | 'erase' | 'install' | 'sign-out' | null>(null)
  const close = () => setDialog(null)
  const install = useInstall()
  const installState = useLive(install)
  const installItem = {
    label: 'Install the app',
    hint: 'A window of its own, and data that stays',
    icon: <DownIcon />,
    onChoose: () => (installState === 'offered' ? install.ask() : setDialog('install')),
  }
  return (
    <>
      <Menu
        label={`Account: ${account.username}`}
        trigger={<Avatar name={account.username} />}
        heading={account.username}
        items={[
          {
            label: 'Account',
            hint: 'Password, codes and sessions',
            icon: <PersonIcon />,
            onChoose: () => navigate({ name: 'account' }),
          },
          {
            label: 'Key backup',
            hint: 'Brings messages back when keys are lost',
            icon: <KeyIcon />,
            onChoose: () => navigate({ name: 'backup' }),
          },
          {
            label: 'Storage',
            hint: 'How safe messages are in this browser',
            icon: <DeviceIcon />,
            onChoose: () => navigate({ name: 'storage' }),
          },
          {
            label: 'Help',
            hint: 'Lost phones, codes, and what is kept',
            icon: <HelpIcon />,
            onChoose: () => navigate({ name: 'help' }),
          },
          ...(installState === 'installed' ? [] : [installItem]),
          { label: 'About and security', icon: <ShieldIcon />, onChoose: () => setDialog('about') },
          {
            label: 'Crypto log',
            hint: 'Keys and counters, operation by operation',
            icon: <ListIcon />,
            onChoose: () => setDialog('crypto-log'),
          },
          {
            label: 'Sign out',
            hint: 'Keys and history stay on this device',
            icon: <SignOutIcon />,
            onChoose: () => setDialog('sign-out'),
          },
        ]}
      />
      {dialog === 'crypto-log' && <CryptoLogDialog onClose={close} />}
      {dialog === 'install' && <InstallDialog onClose={close} />}
      {dialog === 'about' && <AboutDialog onClose={close} />}
      {dialog === 'sign-out' && (
        <SignOutDialog outboxCount={outboxCount} onErase={() => setDialog('erase')} onClose={close} />
      )}
      {dialog === 'erase' && <EraseDialog username={account.username} onClose={close} />}
    </>
  )
}

import type { ConversationView } from '../../client/contract/conversation.ts'
import type { HistorySharing } from '../../client/contract/history-sharing.ts'
import { useClient } from '../hooks/use-client.ts'
import type { Command } from '../hooks/use-command.ts'
import { describeParked } from '../outbox-words.ts'
import { describeExchange } from '../words.ts'
import { Banner } from './banner.tsx'
import { Button, IconButton } from './button.tsx'
import { ContactAskingStrip } from './contact-asking-strip.tsx'
import { CloseIcon, DeviceIcon, KeyIcon, ShieldAlertIcon, WarningIcon } from './icons.tsx'
import { OwnAskingStrip } from './own-asking-strip.tsx'
import { SendingHeldStrip } from './sending-held-strip.tsx'

interface ConversationStripsProps {
  readonly view: ConversationView
  /** Undefined until it is known. */
  readonly sharing: HistorySharing | undefined
  /** Then no exchange begins until the person has chosen. */
  readonly areKeysGone: boolean
  readonly hasWaiting: boolean
  /** Null when nobody knows. */
  readonly isContactOnline: boolean | null
  readonly command: Command
  /** The person wants to see the safety number. */
  readonly onCompare: () => void
  /** The person wants to see what waits. */
  readonly onOutbox: () => void
}

/** What stands between the messages and the field: history that is asked for, held messages, missing keys, a command that failed. */
export function ConversationStrips(props: ConversationStripsProps) {
  const { view, sharing, areKeysGone, hasWaiting, isContactOnline, command } = props
  const client = useClient()
  const name = view.contact.username
  return (
    <div class="strips">
      {sharing?.contact && (
        <ContactAskingStrip
          contact={view.contact}
          asking={sharing.contact}
          command={command}
          onCompare={props.onCompare}
        />
      )}
      {sharing?.own && !sharing.own.isDismissed && !areKeysGone && (
        <OwnAskingStrip contact={view.contact} asking={sharing.own} command={command} />
      )}
      {view.isSendingHeld && <SendingHeldStrip view={view} command={command} onCompare={props.onCompare} />}
      {view.heldCount > 0 && !view.isSendingHeld && (
        <Banner
          tone="warning"
          icon={<ShieldAlertIcon />}
          actions={
            <Button
              isBusy={command.isBusy}
              onPress={() => command.run(() => client.sendHeld(view.contact.id))}
            >
              {view.heldCount === 1 ? 'Send 1 waiting message' : `Send ${view.heldCount} waiting messages`}
            </Button>
          }
        >
          <b>{name}’s security code changed.</b> That happens with a new browser or after clearing one. If you
          did not expect it, ask {name} another way before you send.
        </Banner>
      )}
      {view.isMovedAway && !areKeysGone && (
        <Banner
          tone="plain"
          icon={<DeviceIcon />}
          actions={
            <Button
              kind="quiet"
              isBusy={command.isBusy}
              onPress={() => command.run(() => client.takeBack(view.contact.id))}
            >
              Take it back
            </Button>
          }
        >
          <b>This conversation moved to another browser of yours</b> and can be read only there. What you
          write here waits until you take it back.
        </Banner>
      )}
      {view.keys === 'waiting' && !view.isMovedAway && view.heldCount === 0 && !areKeysGone && (
        <Banner tone="plain" icon={<KeyIcon />}>
          {describeExchange({ contactName: name, isContactOnline: isContactOnline === true, hasWaiting })}
        </Banner>
      )}
      {view.parked !== null && (
        <Banner
          tone="danger"
          icon={<WarningIcon />}
          actions={
            <Button kind="quiet" onPress={props.onOutbox}>
              Show
            </Button>
          }
        >
          <b>Not sent.</b> {describeParked(view.parked, name)}
        </Banner>
      )}
      <div role="alert">
        {command.fault !== null && (
          <div class="banner banner-danger">
            <WarningIcon />
            <p>{command.fault}</p>
            <IconButton label="Dismiss" onPress={() => command.setFault(null)}>
              <CloseIcon />
            </IconButton>
          </div>
        )}
      </div>
    </div>
  )
}

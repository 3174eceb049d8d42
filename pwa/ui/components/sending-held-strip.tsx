import type { ConversationView } from '../../client/contract/conversation.ts'
import { useClient } from '../hooks/use-client.ts'
import type { Command } from '../hooks/use-command.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { ShieldAlertIcon } from './icons.tsx'

interface SendingHeldStripProps {
  readonly view: ConversationView
  readonly command: Command
  /** The person wants to see the new number. */
  readonly onCompare: () => void
}

/** A verified contact's security code changed: nothing is sent until the person has looked. */
export function SendingHeldStrip({ view, command, onCompare }: SendingHeldStripProps) {
  const client = useClient()
  const { contact, heldCount } = view
  const name = contact.username
  return (
    <div class="sending-held">
      <Banner
        tone="warning"
        icon={<ShieldAlertIcon />}
        actions={
          <div class="sending-held-ways">
            <Button onPress={onCompare}>Compare the new number</Button>
            <Button
              kind="quiet"
              isBusy={command.isBusy}
              onPress={() => command.run(() => client.sendHeld(contact.id))}
            >
              {describeRelease(heldCount)}
            </Button>
          </div>
        }
      >
        <b>
          {name}’s security code changed, so {name} is not verified any more.
        </b>{' '}
        Nothing is sent until you have looked. What you write waits on this device.
      </Banner>
    </div>
  )
}

function describeRelease(heldCount: number): string {
  if (heldCount === 0) return 'Go on unverified'
  return heldCount === 1 ? 'Send 1 waiting message' : `Send ${heldCount} waiting messages`
}

import type { ContactAsking } from '../../client/contract/history-sharing.ts'
import { useClient } from '../hooks/use-client.ts'
import type { Command } from '../hooks/use-command.ts'
import { describeAsker, describeShareable } from '../sharing-words.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { HistoryIcon, ShieldAlertIcon } from './icons.tsx'

interface ContactAskingStripProps {
  readonly contact: { readonly id: number; readonly username: string }
  readonly asking: ContactAsking
  readonly command: Command
  /** The person wants to see the safety number. */
  readonly onCompare: () => void
}

/** The contact asks for the history: nothing leaves before the person agrees, and it can be stopped. */
export function ContactAskingStrip({ asking, ...others }: ContactAskingStripProps) {
  return asking.state === 'asked' ? (
    <Question asking={asking} {...others} />
  ) : (
    <Progress asking={asking} {...others} />
  )
}

type Props<S> = Omit<ContactAskingStripProps, 'asking'> & {
  readonly asking: Extract<ContactAsking, { state: S }>
}

function Question({ contact, asking, command, onCompare }: Props<'asked'>) {
  const client = useClient()
  const { id, username } = contact
  const isDoubtful = !asking.isVerified
  return (
    <div class="sharing sharing-question">
      <Banner
        tone={isDoubtful ? 'warning' : 'plain'}
        icon={isDoubtful ? <ShieldAlertIcon /> : <HistoryIcon />}
        actions={
          <div class="sharing-ways">
            {isDoubtful && <Button onPress={onCompare}>Compare the safety number</Button>}
            <Button
              kind={isDoubtful ? 'quiet' : 'primary'}
              isBusy={command.isBusy}
              onPress={() => command.run(() => client.shareHistory(id, asking.ask))}
            >
              Share
            </Button>
            <Button kind="quiet" onPress={() => command.run(() => client.declineAsk(id, asking.ask))}>
              Not now
            </Button>
          </div>
        }
      >
        <b>{username} asks you to share the history of this conversation again.</b>{' '}
        {describeShareable(asking, username)} {describeAsker(asking, username)}
      </Banner>
    </div>
  )
}

function Progress({ contact, asking, command }: Props<'sharing'>) {
  const client = useClient()
  const { sent, total } = asking
  const words = `You share the history with ${contact.username}: ${sent} of ${total} messages so far.`
  return (
    <div class="sharing">
      <Banner
        tone="plain"
        icon={<HistoryIcon />}
        actions={
          <div class="sharing-ways">
            <Button kind="quiet" onPress={() => command.run(() => client.stopSharing(contact.id))}>
              Stop
            </Button>
          </div>
        }
      >
        {words}
        <progress max={Math.max(total, 1)} value={sent} aria-label={words} />
      </Banner>
    </div>
  )
}

import type { OwnAsking } from '../../client/contract/history-sharing.ts'
import { useClient } from '../hooks/use-client.ts'
import type { Command } from '../hooks/use-command.ts'
import { useNow } from '../hooks/use-now.ts'
import { describeOwnAsking } from '../sharing-words.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { HistoryIcon } from './icons.tsx'

interface OwnAskingStripProps {
  readonly contact: { readonly id: number; readonly username: string }
  readonly asking: OwnAsking
  readonly command: Command
}

/** What cannot be read here, and what became of asking the contact for it. */
export function OwnAskingStrip({ contact, asking, command }: OwnAskingStripProps) {
  const client = useClient()
  const now = useNow()
  const { id, username } = contact
  const { state, againAt, taken, total } = asking
  const isOffer = state === 'offer'
  const words = describeOwnAsking(asking, username)
  return (
    <div class="sharing">
      <Banner
        tone={state === 'done' ? 'accent' : 'plain'}
        icon={<HistoryIcon />}
        actions={
          <div class="sharing-ways">
            {(isOffer || (againAt !== null && againAt <= now)) && (
              <Button isBusy={command.isBusy} onPress={() => command.run(() => client.askForHistory(id))}>
                {isOffer ? `Ask ${username} to share the history again` : 'Ask again'}
              </Button>
            )}
            <Button kind="quiet" onPress={() => command.run(() => client.dismissAsking(id))}>
              {DISMISS_WORDS[state]}
            </Button>
          </div>
        }
      >
        {words}
        {state === 'coming' && <progress max={Math.max(total, 1)} value={taken} aria-label={words} />}
        {state === 'done' && (
          <span class="sharing-note">{`They are marked: each is ${username}’s word.`}</span>
        )}
      </Banner>
    </div>
  )
}

const DISMISS_WORDS = { offer: 'Not now', asked: 'Hide', coming: 'Hide', done: 'Done' } as const

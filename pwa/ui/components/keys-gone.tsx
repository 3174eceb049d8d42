import { useState } from 'preact/hooks'
import type { Loss } from '../../client/contract/status.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { describeKeyLoss } from '../loss-words.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { Fault } from './fault.tsx'
import { KeyIcon } from './icons.tsx'

interface KeysGoneProps {
  readonly loss: Loss
  readonly canPutBack: boolean
  readonly onRestore: () => void
}

/** The keys were cleared: what happened, what can still be read, and the ways on. Nothing happens without a choice. */
export function KeysGone(props: KeysGoneProps) {
  const [isFolded, setIsFolded] = useState(false)
  if (isFolded) {
    return (
      <Banner
        tone="danger"
        icon={<KeyIcon />}
        actions={
          <Button kind="quiet" onPress={() => setIsFolded(false)}>
            Choose how to go on
          </Button>
        }
      >
        <b>{describeKeyLoss(props.loss).title}.</b> Nothing can be sent until you choose.
      </Banner>
    )
  }
  return <KeysGonePanel {...props} onFold={() => setIsFolded(true)} />
}

interface KeysGonePanelProps extends KeysGoneProps {
  readonly onFold: () => void
}

function KeysGonePanel({ loss, canPutBack, onRestore, onFold }: KeysGonePanelProps) {
  const client = useClient()
  const command = useCommand()
  const [isConfirming, setIsConfirming] = useState(false)
  const { title, what, points } = describeKeyLoss(loss)
  return (
    <section class="keys-gone" role="alert" aria-labelledby="keys-gone-title">
      <span class="keys-gone-icon">
        <KeyIcon />
      </span>
      <div class="keys-gone-words">
        <h2 id="keys-gone-title">{title}</h2>
        <p>{what}</p>
        <ul>
          {points.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
        {isConfirming && (
          <p class="keys-gone-confirm">
            <b>Make new keys?</b> Without a backup the old ones cannot come back, and your contacts will see
            that your security code changed.
          </p>
        )}
        <Fault words={command.fault} />
        {isConfirming ? (
          <div class="keys-gone-ways">
            <Button
              kind="danger"
              isBusy={command.isBusy}
              onPress={() => command.run(() => client.goOnWithoutKeys())}
            >
              Make new keys
            </Button>
            <Button kind="quiet" onPress={() => setIsConfirming(false)}>
              Cancel
            </Button>
          </div>
        ) : (
          <div class="keys-gone-ways">
            {canPutBack && (
              <Button isBusy={command.isBusy} onPress={() => command.run(() => client.putKeysBack())}>
                Put my keys back
              </Button>
            )}
            <Button kind={canPutBack ? 'quiet' : 'primary'} onPress={onRestore}>
              Restore a backup
            </Button>
            <Button kind="quiet" onPress={() => setIsConfirming(true)}>
              Go on without them
            </Button>
            <Button kind="link" onPress={onFold}>
              Decide later
            </Button>
          </div>
        )}
        {canPutBack && !isConfirming && (
          <p class="fine">
            This page still holds your keys in memory. They are lost when you close or reload it.
          </p>
        )}
      </div>
    </section>
  )
}

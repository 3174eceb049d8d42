import { HISTORY_LOSS } from '../loss-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { WarningIcon } from './icons.tsx'

/** The history is gone while the keys are here. It stays until the person has seen it. */
export function HistoryCleared() {
  const client = useClient()
  const command = useCommand()
  return (
    <Banner
      tone="warning"
      icon={<WarningIcon />}
      actions={
        <div class="banner-ways">
          <Button kind="quiet" isBusy={command.isBusy} onPress={() => command.run(() => client.acceptLoss())}>
            Understood
          </Button>
        </div>
      }
    >
      <b>{HISTORY_LOSS.title}</b> {command.fault ?? HISTORY_LOSS.what}
    </Banner>
  )
}

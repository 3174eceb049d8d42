import type { Status } from '../../client/client.ts'
import { sendsWhenClosed } from '../browser-limits.ts'
import { useClient } from '../hooks/use-client.ts'
import { useLive } from '../hooks/use-live.ts'
import type { UpdatePrompt } from '../update-prompt.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { LockIcon, OfflineIcon, SparkIcon, WarningIcon } from './icons.tsx'
import { SecurityNotice } from './security-notice.tsx'

interface BannersProps {
  readonly status: Status
  readonly update: UpdatePrompt
  readonly onSignIn: () => void
}

/** Everything that is not as usual, the gravest last: nearest to the conversation. */
export function Banners({ status, update, onSignIn }: BannersProps) {
  const client = useClient()
  const hasUpdate = useLive(update) === true
  return (
    <div class="banners">
      {hasUpdate && (
        <Banner
          tone="accent"
          icon={<SparkIcon />}
          actions={
            <Button kind="quiet" onPress={() => update.accept()}>
              Update now
            </Button>
          }
        >
          A new version of Letterlock is ready.
        </Banner>
      )}
      {isCutOff(status) && (
        <Banner
          tone="plain"
          icon={<OfflineIcon />}
          actions={
            <Button kind="quiet" onPress={() => client.retry()}>
              Try now
            </Button>
          }
        >
          You are offline. Messages you write are kept here and sent when you are back.
          {!sendsWhenClosed() &&
            status.outboxCount > 0 &&
            ' This browser sends only while Letterlock is open.'}
          {status.outboxCount > 0 && ` ${describeOutbox(status.outboxCount)}`}
        </Banner>
      )}
      {status.who.state === 'expired' && (
        <Banner tone="warning" icon={<LockIcon />} actions={<Button onPress={onSignIn}>Sign in</Button>}>
          Your session has ended. Read and write on; messages leave when you have signed in again.
        </Banner>
      )}
      <SecurityNotice />
      {status.keys.state === 'storage-full' && (
        <Banner
          tone="danger"
          icon={<WarningIcon />}
          actions={
            <Button kind="quiet" onPress={() => client.retry()}>
              Try again
            </Button>
          }
        >
          <b>Storage full.</b> This browser has no room left, so nothing can be sent or kept. Free some space
          on this device, then try again.
        </Banner>
      )}
    </div>
  )
}

function isCutOff(status: Status): boolean {
  if (status.who.state === 'expired' || status.mustChangePassword) return false
  return status.connection === 'offline' || status.who.state === 'unreachable'
}

function describeOutbox(count: number): string {
  return count === 1 ? 'One message is waiting.' : `${count} messages are waiting.`
}

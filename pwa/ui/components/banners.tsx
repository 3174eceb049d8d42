import type { Lack, Status } from '../../client/contract/status.ts'
import { sendsWhenClosed } from '../browser-limits.ts'
import { useClient } from '../hooks/use-client.ts'
import type { UpdateOffer } from '../update-prompt.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { HistoryCleared } from './history-cleared.tsx'
import { LockIcon, OfflineIcon } from './icons.tsx'
import { Limits } from './limits.tsx'
import { SecurityNotice } from './security-notice.tsx'
import { StorageHint } from './storage-hint.tsx'
import { StorageTrouble } from './storage-trouble.tsx'
import { UpdateBanner } from './update-banner.tsx'

interface BannersProps {
  readonly status: Status
  readonly update: UpdateOffer
  readonly lacks: readonly Lack[]
  readonly onSignIn: () => void
}

/** Everything that is not as usual, the gravest last: nearest to the conversation. */
export function Banners({ status, update, lacks, onSignIn }: BannersProps) {
  const client = useClient()
  return (
    <div class="banners">
      <UpdateBanner {...update} />
      <Limits lacks={lacks} />
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
        </Banner>
      )}
      {status.who.state === 'expired' && (
        <Banner tone="warning" icon={<LockIcon />} actions={<Button onPress={onSignIn}>Sign in</Button>}>
          Your session has ended. Read and write on; messages leave when you have signed in again.
        </Banner>
      )}
      <SecurityNotice />
      {status.loss === 'history' && <HistoryCleared />}
      {status.keys.state === 'present' && <StorageHint />}
      <StorageTrouble status={status} />
    </div>
  )
}

function isCutOff(status: Status): boolean {
  if (status.who.state === 'expired' || status.mustChangePassword) return false
  return status.connection === 'offline' || status.who.state === 'unreachable'
}

import { useState } from 'preact/hooks'
import type { Status } from '../../client/contract/status.ts'
import type { Account as AccountRecord } from '../../../server/wire/account.ts'
import { AccountEvents } from '../components/account-events.tsx'
import { AccountFactors } from '../components/account-factors.tsx'
import { AccountSessions } from '../components/account-sessions.tsx'
import { Banner } from '../components/banner.tsx'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { DeleteAccountDialog } from '../components/delete-account-dialog.tsx'
import { OfflineIcon } from '../components/icons.tsx'
import { PanePage } from '../components/pane-page.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useLive } from '../hooks/use-live.ts'
import { StepUpProvider } from '../hooks/use-step-up.tsx'

interface AccountProps {
  readonly account: AccountRecord
  readonly status: Status
}

/** The account page: how it is signed in to, where it is, what was done to it, and its end. */
export function Account({ account, status }: AccountProps) {
  const client = useClient()
  const news = useLive(client.security.news)
  const [isDeleting, setIsDeleting] = useState(false)
  const { username } = account
  const obstacle = findObstacle(status)
  const occasion = obstacle === null ? `${status.connection} ${news?.newestAt ?? 0}` : null

  return (
    <StepUpProvider username={username}>
      <PanePage title="Your account" note={username} sheet="account-sheet">
        {obstacle !== null && (
          <Banner tone="plain" icon={<OfflineIcon />}>
            {obstacle}
          </Banner>
        )}
        <AccountFactors username={username} occasion={occasion} />
        <AccountSessions occasion={occasion} />
        <AccountEvents occasion={occasion} />
        <Card title="Delete account" note="Signs you out everywhere, for good. Your name is not given again.">
          <div class="card-foot">
            <Button kind="danger" onPress={() => setIsDeleting(true)}>
              Delete account…
            </Button>
          </div>
        </Card>
      </PanePage>
      {isDeleting && <DeleteAccountDialog username={username} onClose={() => setIsDeleting(false)} />}
    </StepUpProvider>
  )
}

/** Why nothing can be fetched or changed now, and what to do about it. */
function findObstacle({ who, connection }: Status): string | null {
  if (who.state === 'signed-in' && connection !== 'offline') return null
  if (who.state === 'expired') return 'Sign in again to see and change how your account is signed in to.'
  return 'Everything on this page needs the server. Look again when you are back online; your conversations work meanwhile.'
}

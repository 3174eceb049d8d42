import { useClient } from '../hooks/use-client.ts'
import { useInstall } from '../hooks/use-install.ts'
import { useLive } from '../hooks/use-live.ts'
import { useNow } from '../hooks/use-now.ts'
import { navigate } from '../routes.ts'
import { findRisk, HINT_PAUSE_DAYS } from '../storage-risk.ts'
import { describeRisk } from '../storage-words.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { ShieldAlertIcon } from './icons.tsx'

/** Says before it happens that this browser may lose everything, and what helps; put off, it stays away for a month. */
export function StorageHint() {
  const { storage, backup } = useClient()
  const health = useLive(storage.health)
  const use = useLive(storage.use)
  const backups = useLive(backup.state)
  const install = useLive(useInstall())
  const nowMs = useNow()
  if (!health || !use || !backups || !install) return null
  const risk = findRisk({ health, use, backup: backups, isInstalled: install === 'installed', nowMs })
  if (risk === null) return null
  return (
    <Banner
      tone="plain"
      icon={<ShieldAlertIcon />}
      actions={
        <div class="banner-ways">
          <Button kind="quiet" onPress={() => navigate({ name: 'backup/new' })}>
            Back up
          </Button>
          <Button kind="quiet" onPress={() => navigate({ name: 'storage' })}>
            More ways
          </Button>
          <Button kind="quiet" onPress={() => void storage.putOffHint()}>
            Not for {HINT_PAUSE_DAYS} days
          </Button>
        </div>
      }
    >
      <b>Your messages are only in this browser.</b> {describeRisk(risk, use)}
    </Banner>
  )
}

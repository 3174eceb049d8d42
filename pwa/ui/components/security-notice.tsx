import { describeEvent, describePlace, describeWhen } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useLive } from '../hooks/use-live.ts'
import { useNow } from '../hooks/use-now.ts'
import { navigate } from '../routes.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { ShieldAlertIcon } from './icons.tsx'

/** Tells that another session did something to the account, until the person has read it. */
export function SecurityNotice() {
  const { security } = useClient()
  const notice = useLive(security.news)?.notice ?? null
  const now = useNow()
  if (notice === null) return null
  const dismiss = (): void => void security.dismissNotice()
  return (
    <Banner
      tone="warning"
      icon={<ShieldAlertIcon />}
      actions={
        <span class="banner-ways">
          <Button
            kind="quiet"
            onPress={() => {
              dismiss()
              navigate({ name: 'account' })
            }}
          >
            Look at it
          </Button>
          <Button kind="quiet" onPress={dismiss}>
            That was me
          </Button>
        </span>
      }
    >
      <b>{describeEvent(notice)}</b> from {describePlace(notice)}, {describeWhen(notice.at, now)}. If that was
      not you, change your password now.
    </Banner>
  )
}

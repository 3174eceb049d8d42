import type { Status } from '../../client/contract/status.ts'
import { useClient } from '../hooks/use-client.ts'
import { Banner } from './banner.tsx'
import { Button } from './button.tsx'
import { WarningIcon } from './icons.tsx'

/** The browser does not keep what it is given, or does not give what it keeps. */
export function StorageTrouble({ status }: { status: Status }) {
  const client = useClient()
  const isFull = status.storage === 'full' || status.keys.state === 'storage-full'
  if (!isFull && status.storage === 'ready') return null
  return (
    <Banner
      tone="danger"
      icon={<WarningIcon />}
      actions={
        isFull ? (
          <Button kind="quiet" onPress={() => client.retry()}>
            Try again
          </Button>
        ) : (
          <Button kind="quiet" onPress={() => location.reload()}>
            Load again
          </Button>
        )
      }
    >
      {isFull ? (
        <>
          <b>Storage full.</b> This browser has no room left, so nothing can be sent or kept. Free some space
          on this device, then try again.
        </>
      ) : (
        <StorageWords storage={status.storage} />
      )}
    </Banner>
  )
}

/** Why the account's database is not open, and what to do. */
export function StorageWords({ storage }: { storage: Status['storage'] }) {
  if (storage === 'stuck') {
    return (
      <>
        <b>Your messages are still closed.</b> Another window of this browser holds them open in an older
        version of Letterlock. Close the other windows; this one then goes on by itself.
      </>
    )
  }
  return (
    <>
      <b>The browser does not open your messages.</b> They may still be there: restart the browser and free
      some space on this device, then load this page again.
    </>
  )
}

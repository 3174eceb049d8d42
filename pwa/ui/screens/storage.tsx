import { useEffect, useState } from 'preact/hooks'
import type { StorageHealth } from '../../client/contract/storage-care.ts'
import { Button } from '../components/button.tsx'
import { Card, Setting } from '../components/card.tsx'
import { EraseDialog } from '../components/erase-dialog.tsx'
import { Fault } from '../components/fault.tsx'
import { InstallDialog } from '../components/install-dialog.tsx'
import { PanePage } from '../components/pane-page.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useInstall } from '../hooks/use-install.ts'
import { useLive } from '../hooks/use-live.ts'
import { useNow } from '../hooks/use-now.ts'
import { navigate } from '../routes.ts'
import {
  describeBackups,
  describeInstall,
  describePromise,
  describeRefusal,
  describeSpace,
  HABIT_WORDS,
  PRIVATE_WINDOW_WORDS,
} from '../storage-words.ts'

/** How safe messages and keys are in this browser, line by line, with what can be done about each. */
export function Storage({ username }: { username: string }) {
  const { storage } = useClient()
  const health = useLive(storage.health)
  const [isErasing, setIsErasing] = useState(false)
  useEffect(() => void storage.look(), [])
  return (
    <PanePage title="Storage" note={username} sheet="account-sheet">
      {health && (
        <>
          <Card
            title="How safe your messages are here"
            note="Messages and keys are in this browser. Letterlock never clears them by itself, but a browser may."
          >
            <Promised health={health} />
          </Card>
          <Card title="What this browser does by itself">
            <p>{HABIT_WORDS[health.engine]}</p>
            <p>{PRIVATE_WINDOW_WORDS}</p>
          </Card>
        </>
      )}
      <Card title="Use Letterlock in another browser, too">
        <p>
          Sign in there and restore your key backup: then your messages can be read there as well. Without a
          backup that browser makes keys of its own, your contacts see that your security code changed, and
          each conversation goes on in the browser that wrote in it last.
        </p>
      </Card>
      <Card
        title="Leave this browser"
        note="Signing out keeps keys and messages here for your next sign-in. Erasing takes them away."
      >
        <div class="card-foot">
          <Button kind="danger" onPress={() => setIsErasing(true)}>
            Sign out and erase…
          </Button>
        </div>
      </Card>
      {isErasing && <EraseDialog username={username} onClose={() => setIsErasing(false)} />}
    </PanePage>
  )
}

function Promised({ health }: { health: StorageHealth }) {
  const { storage, backup } = useClient()
  const command = useCommand()
  const install = useInstall()
  const installState = useLive(install) ?? 'by-menu'
  const backups = useLive(backup.state)
  const now = useNow()
  const [isInstalling, setIsInstalling] = useState(false)

  const ask = () =>
    command.run(async () => {
      const isPersistent = await storage.askToKeep()
      if (isPersistent !== true) command.setFault(describeRefusal(health.engine, isPersistent))
    })

  return (
    <>
      <Fault words={command.fault} />
      <ul class="settings">
        <Setting
          title="Promised to be kept"
          note={describePromise(health)}
          action={
            health.isPersistent === false && (
              <Button kind="quiet" isBusy={command.isBusy} onPress={ask}>
                Ask the browser
              </Button>
            )
          }
        />
        <Setting
          title="Installed"
          note={describeInstall(installState)}
          action={
            installState !== 'installed' && (
              <Button
                kind="quiet"
                onPress={() => (installState === 'offered' ? install.ask() : setIsInstalling(true))}
              >
                Install
              </Button>
            )
          }
        />
        <Setting title="Space" note={describeSpace(health.space)} />
        <Setting
          title="Key backup"
          note={backups && describeBackups(backups, now)}
          action={
            <Button kind="quiet" onPress={() => navigate({ name: 'backup' })}>
              {backups?.lock === null ? 'Make one' : 'Open'}
            </Button>
          }
        />
      </ul>
      {isInstalling && <InstallDialog onClose={() => setIsInstalling(false)} />}
    </>
  )
}

import { useState } from 'preact/hooks'
import type { BackupState } from '../../client/contract/key-backup.ts'
import type { Account } from '../../../server/wire/account.ts'
import { describeFileBackup, describeServerBackup } from '../account/backup-words.ts'
import { saveTextFile } from '../account/save-text-file.ts'
import { Button } from '../components/button.tsx'
import { Card, Setting } from '../components/card.tsx'
import { Fault } from '../components/fault.tsx'
import { PanePage } from '../components/pane-page.tsx'
import { RestoreDialog } from '../components/restore-dialog.tsx'
import { SetUpBackupDialog } from '../components/set-up-backup-dialog.tsx'
import { TryBackupDialog } from '../components/try-backup-dialog.tsx'
import { TurnOffBackupDialog } from '../components/turn-off-backup-dialog.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useLive } from '../hooks/use-live.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { useNow } from '../hooks/use-now.ts'

interface KeyBackupProps {
  readonly account: Account
  readonly isConnected: boolean
  /** Opens with the first step of making one. */
  readonly isBegun: boolean
}

type Open = 'set up' | 'try' | 'restore' | 'turn off'

/** The page of the key backup: how it stands, and everything that can be done with it. */
export function KeyBackup({ account, isConnected, isBegun }: KeyBackupProps) {
  const { backup } = useClient()
  const state = useLive(backup.state)
  const [open, setOpen] = useState<Open | null>(isBegun ? 'set up' : null)
  const { value: serverAt, reload } = useLoaded(() => backup.serverBackup(), isConnected ? 'connected' : null)
  const close = () => {
    setOpen(null)
    reload()
  }

  return (
    <>
      <PanePage title="Key backup" note={account.username} sheet="account-sheet">
        {state?.lock === null && <NoBackup onOpen={setOpen} />}
        {state !== undefined && state.lock !== null && (
          <Backup state={state} username={account.username} onOpen={setOpen} />
        )}
      </PanePage>
      {open === 'set up' && (
        <SetUpBackupDialog
          username={account.username}
          hasServerBackup={typeof serverAt === 'number' && state?.isOnServer !== true}
          onClose={close}
        />
      )}
      {open === 'try' && <TryBackupDialog onClose={close} />}
      {open === 'restore' && <RestoreDialog onClose={close} />}
      {open === 'turn off' && <TurnOffBackupDialog onClose={close} />}
    </>
  )
}

function NoBackup({ onOpen }: { onOpen: (open: Open) => void }) {
  return (
    <Card
      title="Your keys are only in this browser"
      note="They are what opens your messages. If this browser’s storage is cleared, or the device is lost, a backup brings the messages back; without one they stay closed."
    >
      <div class="card-foot">
        <Button onPress={() => onOpen('set up')}>Back up my keys</Button>
        <Button kind="quiet" onPress={() => onOpen('restore')}>
          Restore a backup
        </Button>
      </div>
    </Card>
  )
}

interface BackupProps {
  readonly state: BackupState
  readonly username: string
  readonly onOpen: (open: Open) => void
}

function Backup({ state, username, onOpen }: BackupProps) {
  const { backup } = useClient()
  const command = useCommand()
  const now = useNow()
  const day = new Date(now).toISOString().slice(0, 10)
  const saveFile = () =>
    command.run(async () => saveTextFile(`letterlock-keys-${username}-${day}.txt`, await backup.makeFile()))
  return (
    <>
      <Card title="Your keys are backed up" note={LOCK_WORDS[state.lock ?? 'code']}>
        <Fault words={command.fault} />
        <ul class="settings">
          <Setting
            title="On the server"
            note={describeServerBackup(state, now)}
            action={
              <Button kind="quiet" onPress={() => onOpen('set up')}>
                {state.isOnServer && !state.isReplaced ? 'New code' : 'Set up again'}
              </Button>
            }
          />
          <Setting
            title="As a file"
            note={describeFileBackup(state, now)}
            action={
              <Button kind="quiet" isBusy={command.isBusy} onPress={saveFile}>
                Save a file
              </Button>
            }
          />
          <Setting
            title="Does it work?"
            note="Opens a backup as a restore would, and changes nothing."
            action={
              <Button kind="quiet" onPress={() => onOpen('try')}>
                Check it
              </Button>
            }
          />
        </ul>
      </Card>
      <Card title="Bring messages back" note="From a backup of this browser or of another one of yours.">
        <div class="card-foot">
          <Button kind="quiet" onPress={() => onOpen('restore')}>
            Restore a backup
          </Button>
        </div>
      </Card>
      <Card title="Stop" note="No more backups are made, and the server forgets the one that it keeps.">
        <div class="card-foot">
          <Button kind="danger" onPress={() => onOpen('turn off')}>
            Turn off…
          </Button>
        </div>
      </Card>
    </>
  )
}

const LOCK_WORDS = {
  code: 'Your backup code opens them. Nobody else can: not even the people who run the server.',
  passphrase: 'Your passphrase opens them. Nobody else can: not even the people who run the server.',
} as const

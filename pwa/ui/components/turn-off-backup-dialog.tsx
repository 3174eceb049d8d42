import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'

/** Asks before the backups stop. */
export function TurnOffBackupDialog({ onClose }: { onClose: () => void }) {
  const { backup } = useClient()
  const command = useCommand()
  return (
    <Dialog title="Turn key backups off?" onClose={onClose}>
      <p>
        The server forgets the backup that it keeps. Files that you saved still work with their code. If this
        browser’s storage is cleared after that, newer messages stay closed.
      </p>
      <Fault words={command.fault} />
      <footer class="dialog-foot">
        <Button kind="quiet" onPress={onClose}>
          Keep them on
        </Button>
        <Button
          kind="danger"
          isBusy={command.isBusy}
          onPress={() =>
            command.run(async () => {
              await backup.turnOff()
              onClose()
            })
          }
        >
          Turn off
        </Button>
      </footer>
    </Dialog>
  )
}

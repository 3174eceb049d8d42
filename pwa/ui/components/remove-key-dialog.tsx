import type { Authenticator } from '../../../server/wire/security.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'

interface RemoveKeyDialogProps {
  readonly boundKey: NonNullable<Authenticator['key']>
  readonly onClose: () => void
}

/** Asks once more before a passkey or security key is worth nothing. */
export function RemoveKeyDialog({ boundKey, onClose }: RemoveKeyDialogProps) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()

  async function remove(): Promise<void> {
    await guard(() => security.removeKey(boundKey.id))
    onClose()
  }

  return (
    <Dialog title={`Remove “${boundKey.name}”?`} onClose={onClose}>
      <p>
        It does not sign in to your account any more, and your other sessions end. What is left on the device
        or in your password manager you can delete there.
      </p>
      <Fault words={command.fault} />
      <footer class="dialog-foot">
        <Button kind="quiet" onPress={onClose}>
          Keep it
        </Button>
        <Button kind="danger" isBusy={command.isBusy} onPress={() => command.run(remove)}>
          Remove
        </Button>
      </footer>
    </Dialog>
  )
}

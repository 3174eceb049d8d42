import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'

interface RemoveDeviceDialogProps {
  readonly type: 'totp' | 'webauthn'
  readonly id: number
  readonly name: string
  readonly onClose: () => void
}

/** Asks once more before an authenticator app, a passkey or a security key is worth nothing. */
export function RemoveDeviceDialog({ type, id, name, onClose }: RemoveDeviceDialogProps) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()

  async function remove(): Promise<void> {
    await guard(() => (type === 'totp' ? security.removeApp(id) : security.removeKey(id)))
    onClose()
  }

  return (
    <Dialog title={`Remove “${name}”?`} onClose={onClose}>
      <p>
        It does not sign in to your account any more, and your other sessions end. What is left on the device
        {type === 'webauthn' && ' or in your password manager'} you can delete there.
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

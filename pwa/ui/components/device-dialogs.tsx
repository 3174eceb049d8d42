/** What is asked once more before an authenticator app, a passkey or a security key is removed, suspended or taken back. */
import { useClient } from '../hooks/use-client.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

interface DeviceDialogProps {
  readonly type: 'totp' | 'webauthn'
  readonly id: number
  readonly name: string
  readonly onClose: () => void
}

/** It is worth nothing from then on. */
export function RemoveDeviceDialog({ type, id, name, onClose }: DeviceDialogProps) {
  const { security } = useClient()
  return (
    <ConfirmDialog
      title={`Remove “${name}”?`}
      decline="Keep it"
      action="Remove"
      isDangerous
      onConfirm={() => (type === 'totp' ? security.removeApp(id) : security.removeKey(id))}
      onClose={onClose}
    >
      <p>
        It does not sign in to your account any more, and your other sessions end. What is left on the device
        {type === 'webauthn' && ' or in your password manager'} you can delete there.
      </p>
    </ConfirmDialog>
  )
}

/** It was lost and may turn up. */
export function SuspendDeviceDialog({ id, name, onClose }: DeviceDialogProps) {
  const { security } = useClient()
  return (
    <ConfirmDialog
      title={`Have you lost “${name}”?`}
      decline="Keep it in use"
      action="Suspend it"
      isDangerous
      onConfirm={() => security.suspend(id)}
      onClose={onClose}
    >
      <p>
        It signs in no more from this moment, and your other sessions end. If it turns up, you can use it
        again; until then you sign in another way, such as with a recovery code.
      </p>
    </ConfirmDialog>
  )
}

/** It was found again. */
export function ReactivateDeviceDialog({ id, name, onClose }: DeviceDialogProps) {
  const { security } = useClient()
  return (
    <ConfirmDialog
      title={`Use “${name}” again?`}
      decline="Not now"
      action="Use it again"
      onConfirm={() => security.reactivate(id)}
      onClose={onClose}
    >
      <p>
        It signs in to your account again, and your other sessions end. If it may have been in other hands,
        remove or replace it instead.
      </p>
    </ConfirmDialog>
  )
}

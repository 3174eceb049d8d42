import type { Authenticator } from '../../../server/wire/security.ts'
import type { FactorChange } from '../account/factor-changes.ts'
import { nameFactor } from '../account/security-words.ts'
import { AddAppDialog } from './add-app-dialog.tsx'
import { AddKeyDialog } from './add-key-dialog.tsx'
import { ChangePasswordDialog } from './change-password-dialog.tsx'
import { ReactivateDeviceDialog, RemoveDeviceDialog, SuspendDeviceDialog } from './device-dialogs.tsx'
import { NewCodesDialog } from './new-codes-dialog.tsx'
import { ReplaceAppDialog } from './replace-app-dialog.tsx'

/** What the person is about to do, and with which authenticator. */
export type FactorTask =
  { readonly change: 'add-app' | 'add-key' } | { readonly change: FactorChange; readonly one: Authenticator }

const DEVICE_DIALOGS = {
  remove: RemoveDeviceDialog,
  suspend: SuspendDeviceDialog,
  reactivate: ReactivateDeviceDialog,
} as const

interface FactorDialogProps {
  readonly task: FactorTask
  readonly username: string
  readonly onClose: () => void
}

/** The dialog of a task. */
export function FactorDialog({ task, username, onClose }: FactorDialogProps) {
  if (!('one' in task))
    return task.change === 'add-app' ? <AddAppDialog onClose={onClose} /> : <AddKeyDialog onClose={onClose} />
  const { change, one } = task
  const { app, key } = one
  if (change === 'change-password') return <ChangePasswordDialog username={username} onClose={onClose} />
  if (change === 'make-codes') return <NewCodesDialog username={username} onClose={onClose} />
  if (change === 'replace-app' && app !== null) return <ReplaceAppDialog app={app} onClose={onClose} />
  const id = app?.id ?? key?.id
  if (id === undefined) return null
  const DeviceDialog = DEVICE_DIALOGS[change === 'replace-app' ? 'remove' : change]
  const type = key === null ? 'totp' : 'webauthn'
  return <DeviceDialog type={type} id={id} name={nameFactor(one)} onClose={onClose} />
}

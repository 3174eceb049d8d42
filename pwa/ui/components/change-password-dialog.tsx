import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { NewPasswordField, useNewPassword } from './new-password-field.tsx'
import { TextField } from './text-field.tsx'

/** Sets a new password. */
export function ChangePasswordDialog({ username, onClose }: { username: string; onClose: () => void }) {
  return (
    <Dialog title="Change your password" onClose={onClose}>
      <p>Your other sessions end, and have to sign in with the new password.</p>
      <ChangePasswordForm username={username} onDone={onClose} />
    </Dialog>
  )
}

/** The form alone, where it is not the person's choice to change it. */
export function ChangePasswordForm({ username, onDone }: { username: string; onDone: () => void }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const newPassword = useNewPassword()

  function submit(): void {
    const password = newPassword.read()
    if (password === null) return
    command.run(async () => {
      await guard(() => security.changePassword(password))
      onDone()
    })
  }

  return (
    <Form command={command} action="Change password" onSubmit={submit}>
      <TextField
        label="Username"
        value={username}
        onValue={() => undefined}
        name="username"
        autocomplete="username"
        isReadOnly
      />
      <NewPasswordField password={newPassword} username={username} label="New password" takesFocus />
    </Form>
  )
}

import { useState } from 'preact/hooks'
import { parseUsername } from '../account/credentials.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { TextField } from './text-field.tsx'

/** Says what goes and what stays, and asks for the username as a last word. */
export function DeleteAccountDialog({ username, onClose }: { username: string; onClose: () => void }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const [typed, setTyped] = useState('')

  function submit(): void {
    if (parseUsername(typed) !== username)
      return command.setFault(`Type ${username} to say that this is the account to delete.`)
    command.run(() => guard(() => security.deleteAccount(username)))
  }

  return (
    <Dialog title="Delete your account?" onClose={onClose}>
      <div class="prose">
        <p>
          <b>This cannot be undone.</b> You are signed out everywhere, and nobody can sign in again: not you
          either.
        </p>
        <ul>
          <li>
            Your username is never given to anybody again, so that nobody can pass for you in front of your
            contacts.
          </li>
          <li>
            The server keeps the sealed entries of your conversations. They belong to your contacts as well;
            it cannot open them.
          </li>
          <li>Your contacts keep what they have received. They cannot write to you any more.</li>
          <li>
            Messages and keys on this device stay until you remove this site’s data in the browser’s settings.
          </li>
        </ul>
      </div>
      <Form
        command={command}
        action="Delete my account"
        tone="danger"
        onSubmit={submit}
        after={
          <Button kind="link" onPress={onClose}>
            Keep my account
          </Button>
        }
      >
        <TextField
          label="Your username"
          value={typed}
          onValue={setTyped}
          hint={`Type ${username} to confirm.`}
          name="confirm-username"
          autocomplete="off"
        />
      </Form>
    </Dialog>
  )
}

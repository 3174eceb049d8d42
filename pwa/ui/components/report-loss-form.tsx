import { useState } from 'preact/hooks'
import { parseUsername } from '../account/credentials.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { Form } from './form.tsx'
import { PasswordField } from './password-field.tsx'
import { TextField } from './text-field.tsx'

/** Suspends all apps and keys of an account by its password alone. What comes back does not tell whether it was right. */
export function ReportLossForm({ lastUsername }: { lastUsername: string | null }) {
  const { security } = useClient()
  const command = useCommand()
  const [username, setUsername] = useState(lastUsername ?? '')
  const [password, setPassword] = useState('')
  const [isShown, setIsShown] = useState(false)
  const [isSent, setIsSent] = useState(false)

  function submit(): void {
    const name = parseUsername(username)
    setIsShown(false)
    if (name === null)
      return command.setFault('A username has 3 to 32 letters, digits, dots, dashes or underscores.')
    if (password === '') return command.setFault('Type your password.')
    command.run(async () => {
      await security.reportLoss({ username: name, password })
      setIsSent(true)
    })
  }

  if (isSent)
    return (
      <p role="status">
        If name and password were right, your apps and keys sign in no more and all sessions have ended. Sign
        in with your password and a recovery code to see it, and to take back what you still have.
      </p>
    )
  return (
    <Form command={command} action="Report the loss" tone="danger" onSubmit={submit}>
      <TextField
        label="Username"
        value={username}
        onValue={setUsername}
        name="username"
        autocomplete="username"
      />
      <PasswordField
        value={password}
        onValue={setPassword}
        isShown={isShown}
        onShown={setIsShown}
        purpose="current-password"
      />
    </Form>
  )
}

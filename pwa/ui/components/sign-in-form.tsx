import { useState } from 'preact/hooks'
import { parseUsername } from '../account/credentials.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { BothFactorFields, OtherFactorButtons, useBothFactors } from './both-factors.tsx'
import { Form } from './form.tsx'
import { TextField } from './text-field.tsx'

interface SignInFormProps {
  readonly username: string
  /** The account is settled: only the same person may sign in again here. */
  readonly isSameAccount: boolean
}

/** Password and second factor together. On success the client's status changes, and with it the screen. */
export function SignInForm({ username: known, isSameAccount }: SignInFormProps) {
  const client = useClient()
  const command = useCommand()
  const factors = useBothFactors(command)
  const [username, setUsername] = useState(known)

  function submit(): void {
    const name = parseUsername(username)
    if (name === null)
      return command.setFault('A username has 3 to 32 letters, digits, dots, dashes or underscores.')
    const typed = factors.read()
    if (typed === null) return
    command.run(() => client.logIn(name, typed.password, typed.second), factors.forgetCode)
  }

  return (
    <Form
      command={command}
      action="Sign in"
      onSubmit={submit}
      after={<OtherFactorButtons factors={factors} command={command} />}
    >
      <TextField
        label="Username"
        value={username}
        onValue={setUsername}
        name="username"
        autocomplete="username"
        isReadOnly={isSameAccount}
        takesFocus={known === ''}
      />
      <BothFactorFields factors={factors} takesFocus={known !== ''} />
    </Form>
  )
}

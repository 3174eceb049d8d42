import { useState } from 'preact/hooks'
import { parseOneTimeCode, parseUsername } from '../account/credentials.ts'
import { parseRecoveryCode } from '../account/recovery-code.ts'
import type { SecondFactor } from '../../../server/wire/account.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { Button } from './button.tsx'
import { Form } from './form.tsx'
import { OneTimeCodeField } from './one-time-code-field.tsx'
import { PasswordField } from './password-field.tsx'
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
  const [username, setUsername] = useState(known)
  const [password, setPassword] = useState('')
  const [isShown, setIsShown] = useState(false)
  const [code, setCode] = useState('')
  const [way, setWay] = useState<SecondFactor['type']>('totp')

  function submit(): void {
    setIsShown(false)
    const name = parseUsername(username)
    const second = readSecondFactor(way, code)
    if (name === null)
      return command.setFault('A username has 3 to 32 letters, digits, dots, dashes or underscores.')
    if (password === '') return command.setFault('Type your password.')
    if (second === null) return command.setFault(CODE_FAULTS[way])
    command.run(
      () => client.logIn(name, password, second),
      () => setCode(''),
    )
  }

  function switchWay(): void {
    setWay(way === 'totp' ? 'recovery' : 'totp')
    setCode('')
    command.setFault(null)
  }

  return (
    <Form
      command={command}
      action="Sign in"
      onSubmit={submit}
      after={
        <Button kind="link" onPress={switchWay}>
          {way === 'totp' ? 'Use a recovery code instead' : 'Use a one-time code instead'}
        </Button>
      }
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
      <PasswordField
        value={password}
        onValue={setPassword}
        isShown={isShown}
        onShown={setIsShown}
        purpose="current-password"
        takesFocus={known !== ''}
      />
      {way === 'totp' ? (
        <OneTimeCodeField value={code} onValue={setCode} />
      ) : (
        <TextField
          label="Recovery code"
          value={code}
          onValue={setCode}
          hint="The first code on your list that is not crossed out. Cross it out afterwards: it works once."
          name="recovery-code"
          autocomplete="off"
          isCode
        />
      )}
    </Form>
  )
}

const CODE_FAULTS = {
  totp: 'Type the six digits that your authenticator app shows.',
  recovery: 'A recovery code has 26 letters and digits. Check it against your list.',
} as const satisfies Record<SecondFactor['type'], string>

function readSecondFactor(type: SecondFactor['type'], typed: string): SecondFactor | null {
  const value = type === 'totp' ? parseOneTimeCode(typed) : parseRecoveryCode(typed)
  return value === null ? null : { type, value }
}

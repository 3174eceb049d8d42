import { useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import {
  findPasswordFault,
  isHardToTypeElsewhere,
  PASSWORD_URGED,
  parseUsername,
} from '../account/credentials.ts'
import { Form } from '../components/form.tsx'
import { PasswordField } from '../components/password-field.tsx'
import { StrengthMeter } from '../components/strength-meter.tsx'
import { TextField } from '../components/text-field.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'

const NAME_FAULT = 'Use 3 to 32 letters a–z, digits, dots, dashes or underscores, beginning with a letter.'

interface RegisterPasswordProps {
  /** From an attempt that expired; else empty. */
  readonly username: string
  readonly onDone: (username: string, secret: EnrolmentSecret) => void
}

/** The first step: username and password. */
export function RegisterPassword({ username: known, onDone }: RegisterPasswordProps) {
  const client = useClient()
  const command = useCommand()
  const [username, setUsername] = useState(known)
  const [password, setPassword] = useState('')
  const [isShown, setIsShown] = useState(false)
  const [hasTried, setHasTried] = useState(false)
  const name = parseUsername(username)
  const passwordFault = findPasswordFault(password)

  function submit(): void {
    setIsShown(false)
    setHasTried(true)
    if (name === null || passwordFault !== null) return
    command.run(async () => onDone(name, await client.beginEnrolment(name, password)))
  }

  return (
    <Form command={command} action="Continue" onSubmit={submit}>
      <TextField
        label="Username"
        value={username}
        onValue={setUsername}
        hint="How others find you. It cannot be changed later."
        fault={hasTried && name === null ? NAME_FAULT : null}
        name="username"
        autocomplete="username"
      />
      <PasswordField
        value={password}
        onValue={setPassword}
        isShown={isShown}
        onShown={setIsShown}
        purpose="new-password"
        hint={<PasswordHint password={password} />}
        fault={hasTried ? passwordFault : null}
      />
      <StrengthMeter password={password} username={username} />
    </Form>
  )
}

function PasswordHint({ password }: { password: string }) {
  return (
    <>
      {PASSWORD_URGED} characters or more are best, for example a few unrelated words.
      {isHardToTypeElsewhere(password) && (
        <span class="field-note">
          {' '}
          It holds characters that are typed differently on other keyboards and devices. Be sure that you can
          type it wherever you want to sign in.
        </span>
      )}
    </>
  )
}

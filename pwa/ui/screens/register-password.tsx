import { useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { parseUsername } from '../account/credentials.ts'
import { CaptchaField } from '../components/captcha-field.tsx'
import { Form } from '../components/form.tsx'
import { NewPasswordField, useNewPassword } from '../components/new-password-field.tsx'
import { TextField } from '../components/text-field.tsx'
import { useCaptcha } from '../hooks/use-captcha.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'

const NAME_FAULT = 'Use 3 to 32 letters a–z, digits, dots, dashes or underscores, beginning with a letter.'

interface RegisterPasswordProps {
  /** From an attempt that expired; else empty. */
  readonly username: string
  readonly onDone: (username: string, secret: EnrolmentSecret) => void
}

/** The first step: username, password, and proof that no program is registering by the thousand. */
export function RegisterPassword({ username: known, onDone }: RegisterPasswordProps) {
  const client = useClient()
  const command = useCommand()
  const newPassword = useNewPassword()
  const captcha = useCaptcha(command, true)
  const [username, setUsername] = useState(known)
  const [hasTried, setHasTried] = useState(false)
  const name = parseUsername(username)

  function submit(): void {
    setHasTried(true)
    const password = newPassword.read()
    if (name === null || password === null) return
    const answer = captcha.read()
    if (answer === null) return
    command.run(async () => onDone(name, await client.beginEnrolment(name, password, answer)), captcha.renew)
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
      <NewPasswordField password={newPassword} username={username} />
      <CaptchaField entry={captcha} />
    </Form>
  )
}

import { useState } from 'preact/hooks'
import { parseUsername } from '../account/credentials.ts'
import { useCaptcha } from '../hooks/use-captcha.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { asksForCaptcha, leavesCode } from '../words.ts'
import { BothFactorFields, OtherFactorButtons, useBothFactors } from './both-factors.tsx'
import { CaptchaField } from './captcha-field.tsx'
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
  const [isCaptchaDemanded, setIsCaptchaDemanded] = useState(false)
  const captcha = useCaptcha(command, isCaptchaDemanded)

  function submit(): void {
    const name = parseUsername(username)
    if (name === null)
      return command.setFault('A username has 3 to 32 letters, digits, dots, dashes or underscores.')
    const typed = factors.read()
    if (typed === null) return
    const answer = isCaptchaDemanded ? captcha.read() : null
    if (isCaptchaDemanded && answer === null) return
    command.run(() => client.logIn(name, typed.password, typed.second, answer), prepareNextTry)
  }

  function prepareNextTry(error: unknown): void {
    captcha.renew()
    setIsCaptchaDemanded((before) => before || asksForCaptcha(error))
    if (!leavesCode(error)) factors.forgetCode()
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
      <CaptchaField entry={captcha} />
    </Form>
  )
}

import { useState } from 'preact/hooks'
import { parseUsername } from '../account/credentials.ts'
import { FACTOR_FAULTS, readSecondFactor } from '../account/second-factor.ts'
import { AccountFrame } from '../components/account-frame.tsx'
import { Form } from '../components/form.tsx'
import { Link } from '../components/link.tsx'
import { NewPasswordField, useNewPassword } from '../components/new-password-field.tsx'
import { OneTimeCodeField } from '../components/one-time-code-field.tsx'
import { RecoveryCodeField } from '../components/recovery-code-field.tsx'
import { ReportLossForm } from '../components/report-loss-form.tsx'
import { TextField } from '../components/text-field.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useTitle } from '../hooks/use-title.ts'

/** Ways back in for somebody who lost a factor, and the plain word where there is none. */
export function Recover({ lastUsername }: { lastUsername: string | null }) {
  useTitle('Get back in · Letterlock')
  const [isDone, setIsDone] = useState(false)
  return (
    <AccountFrame>
      <h1>{isDone ? 'Your password is changed' : 'Get back in'}</h1>
      {isDone ? (
        <p>
          All sessions have ended. Sign in with the new password and the next code of your authenticator app,
          and cross the recovery code out: it is used up.
        </p>
      ) : (
        <Ways lastUsername={lastUsername} onDone={() => setIsDone(true)} />
      )}
      <p class="account-other">
        <Link to={{ name: 'sign-in' }}>{isDone ? 'Sign in' : 'Back to sign in'}</Link>
      </p>
    </AccountFrame>
  )
}

function Ways({ lastUsername, onDone }: { lastUsername: string | null; onDone: () => void }) {
  return (
    <>
      <details class="way">
        <summary>I lost my authenticator app</summary>
        <p>
          <Link to={{ name: 'sign-in' }}>Sign in</Link> with your password and a recovery code instead of a
          one-time code. Then open “Account” in the menu at the top and choose “Replace app”.
        </p>
      </details>
      <details class="way">
        <summary>Somebody may have my phone or key</summary>
        <p>
          Your password is enough to suspend all your apps and keys, and to end all sessions. They can be
          taken back after a sign-in with a recovery code. If no recovery code is left, nothing happens: you
          would be locked out for good.
        </p>
        <ReportLossForm lastUsername={lastUsername} />
      </details>
      <details class="way">
        <summary>I forgot my password</summary>
        <p>You need both your authenticator app and your list of recovery codes.</p>
        <RecoverForm lastUsername={lastUsername} onDone={onDone} />
      </details>
      <details class="way">
        <summary>I have lost more than one of them</summary>
        <p>
          Then nobody can let you in again, and neither can we: there is no other proof that the account is
          yours. What is in a browser where you were signed in can still be read there. Otherwise, create a
          new account and tell your contacts its name.
        </p>
      </details>
    </>
  )
}

function RecoverForm({ lastUsername, onDone }: { lastUsername: string | null; onDone: () => void }) {
  const { security } = useClient()
  const command = useCommand()
  const newPassword = useNewPassword()
  const [username, setUsername] = useState(lastUsername ?? '')
  const [code, setCode] = useState('')
  const [recoveryCode, setRecoveryCode] = useState('')

  function submit(): void {
    const name = parseUsername(username)
    const totp = readSecondFactor('totp', code)
    const recovery = readSecondFactor('recovery', recoveryCode)
    const password = newPassword.read()
    if (name === null)
      return command.setFault('A username has 3 to 32 letters, digits, dots, dashes or underscores.')
    if (totp === null) return command.setFault(FACTOR_FAULTS.totp)
    if (recovery === null) return command.setFault(FACTOR_FAULTS.recovery)
    if (password === null) return
    const recoverPassword = () =>
      security.recoverPassword({ username: name, password, code: totp.value, recoveryCode: recovery.value })
    command.run(
      () => recoverPassword().then(onDone),
      () => setCode(''),
    )
  }

  return (
    <Form command={command} action="Set the new password" onSubmit={submit}>
      <TextField
        label="Username"
        value={username}
        onValue={setUsername}
        name="username"
        autocomplete="username"
      />
      <OneTimeCodeField value={code} onValue={setCode} />
      <RecoveryCodeField value={recoveryCode} onValue={setRecoveryCode} />
      <NewPasswordField password={newPassword} username={username} label="New password" />
    </Form>
  )
}

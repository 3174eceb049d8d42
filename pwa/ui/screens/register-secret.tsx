import { useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { formatSecret, parseOneTimeCode } from '../account/credentials.ts'
import { CopyButton } from '../components/copy-button.tsx'
import { Form } from '../components/form.tsx'
import { OneTimeCodeField } from '../components/one-time-code-field.tsx'
import { QrCode } from '../components/qr-code.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'

interface RegisterSecretProps {
  readonly secret: EnrolmentSecret
  readonly onDone: (recoveryCodes: readonly string[]) => void
  readonly onFault: (error: unknown) => void
}

/** The second step: the secret goes into an authenticator app, and one code proves that it did. */
export function RegisterSecret({ secret, onDone, onFault }: RegisterSecretProps) {
  const client = useClient()
  const command = useCommand()
  const [typed, setTyped] = useState('')

  function submit(): void {
    const code = parseOneTimeCode(typed)
    if (code === null) return command.setFault('Type the six digits that your authenticator app shows.')
    command.run(
      async () => onDone(await client.confirmEnrolment(code)),
      (error) => {
        setTyped('')
        onFault(error)
      },
    )
  }

  return (
    <>
      <p>
        Scan this code with an authenticator app. From then on it shows the codes that you need, besides your
        password, to sign in.
      </p>
      <div class="secret">
        <QrCode
          text={secret.address}
          label="QR code for your authenticator app. The same secret stands beside it as text."
        />
        <div class="secret-words">
          <p id="secret-label">Or type this secret into the app:</p>
          <code class="secret-text" aria-labelledby="secret-label">
            {formatSecret(secret.secret)}
          </code>
          <div class="secret-actions">
            <CopyButton label="Copy secret" text={secret.secret} />
            <a class="secret-link" href={secret.address}>
              Open in an app on this device
            </a>
          </div>
        </div>
      </div>
      <Form command={command} action="Continue" onSubmit={submit}>
        <OneTimeCodeField value={typed} onValue={setTyped} />
      </Form>
    </>
  )
}

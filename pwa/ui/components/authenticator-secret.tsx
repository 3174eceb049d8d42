import { useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { formatSecret, parseOneTimeCode } from '../account/credentials.ts'
import { FACTOR_FAULTS } from '../account/second-factor.ts'
import { useCommand } from '../hooks/use-command.ts'
import { CopyButton } from './copy-button.tsx'
import { Form } from './form.tsx'
import { OneTimeCodeField } from './one-time-code-field.tsx'
import { QrCode } from './qr-code.tsx'

interface AuthenticatorSecretProps {
  readonly secret: EnrolmentSecret
  readonly action: string
  /** Proves one code of the new secret. */
  readonly onCode: (code: string) => Promise<void>
  readonly onFault?: (error: unknown) => void
}

/** A secret on its way into an authenticator app, and the field for the code that proves it is there. */
export function AuthenticatorSecret({ secret, action, onCode, onFault }: AuthenticatorSecretProps) {
  const command = useCommand()
  const [typed, setTyped] = useState('')

  function submit(): void {
    const code = parseOneTimeCode(typed)
    if (code === null) return command.setFault(FACTOR_FAULTS.totp)
    command.run(
      () => onCode(code),
      (error) => {
        setTyped('')
        onFault?.(error)
      },
    )
  }

  return (
    <>
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
      <Form command={command} action={action} onSubmit={submit}>
        <OneTimeCodeField value={typed} onValue={setTyped} />
      </Form>
    </>
  )
}

import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { AuthenticatorSecret } from '../components/authenticator-secret.tsx'
import { useClient } from '../hooks/use-client.ts'

interface RegisterSecretProps {
  readonly secret: EnrolmentSecret
  readonly onDone: (recoveryCodes: readonly string[]) => void
  readonly onFault: (error: unknown) => void
}

/** The second step: the secret goes into an authenticator app, and one code proves that it did. */
export function RegisterSecret({ secret, onDone, onFault }: RegisterSecretProps) {
  const client = useClient()
  return (
    <>
      <p>
        Scan this code with an authenticator app. From then on it shows the codes that you need, besides your
        password, to sign in.
      </p>
      <AuthenticatorSecret
        secret={secret}
        action="Continue"
        onCode={async (code) => onDone(await client.confirmEnrolment(code))}
        onFault={onFault}
      />
    </>
  )
}

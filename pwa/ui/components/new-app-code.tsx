import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { useClient } from '../hooks/use-client.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { AuthenticatorSecret } from './authenticator-secret.tsx'

interface NewAppCodeProps {
  readonly secret: EnrolmentSecret
  readonly name: string | null
  /** Id of the app whose place the new one takes; null where it comes beside the others. */
  readonly replaces: number | null
  readonly onDone: () => void
}

/** The secret of a new authenticator app, and the code that proves the app has it. */
export function NewAppCode({ secret, name, replaces, onDone }: NewAppCodeProps) {
  const { security } = useClient()
  const guard = useStepUp()
  return (
    <>
      <p>Scan this code with the new app, on one device only, and type the code that the app then shows.</p>
      <AuthenticatorSecret
        secret={secret}
        action="Use the new app"
        onCode={async (code) => {
          await guard(() => security.confirmApp({ code, name, replaces }))
          onDone()
        }}
      />
    </>
  )
}

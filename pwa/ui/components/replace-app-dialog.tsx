import { useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { AuthenticatorSecret } from './authenticator-secret.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'

/** A new authenticator app in the place of the old one, which stands until a code of the new one was typed. */
export function ReplaceAppDialog({ onClose }: { onClose: () => void }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const [secret, setSecret] = useState<EnrolmentSecret | null>(null)
  return (
    <Dialog title="Replace your authenticator app" onClose={onClose}>
      {secret === null ? (
        <>
          <p>
            For a new phone or another app. The app you have now keeps working until you have typed a code of
            the new one; after that its codes are worth nothing, and your other sessions end.
          </p>
          <Fault words={command.fault} />
          <footer class="dialog-foot">
            <Button kind="quiet" onPress={onClose}>
              Keep the app
            </Button>
            <Button
              isBusy={command.isBusy}
              onPress={() =>
                command.run(async () => setSecret(await guard(() => security.beginTotpReplacement())))
              }
            >
              Continue
            </Button>
          </footer>
        </>
      ) : (
        <>
          <p>
            Scan this code with the new app, on one device only, and type the code that the app then shows.
          </p>
          <AuthenticatorSecret
            secret={secret}
            action="Use the new app"
            onCode={async (code) => {
              await guard(() => security.confirmTotpReplacement(code))
              onClose()
            }}
          />
        </>
      )}
    </Dialog>
  )
}

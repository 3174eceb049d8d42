import { useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import type { Authenticator } from '../../../server/wire/security.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'
import { NewAppCode } from './new-app-code.tsx'

interface ReplaceAppDialogProps {
  readonly app: NonNullable<Authenticator['app']>
  readonly onClose: () => void
}

/** A new authenticator app in the place of the old one, which stands until a code of the new one was typed. */
export function ReplaceAppDialog({ app, onClose }: ReplaceAppDialogProps) {
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
              onPress={() => command.run(async () => setSecret(await guard(() => security.beginApp())))}
            >
              Continue
            </Button>
          </footer>
        </>
      ) : (
        <NewAppCode secret={secret} name={app.name} replaces={app.id} onDone={onClose} />
      )}
    </Dialog>
  )
}

import { useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { NAME_FAULT, parseAuthenticatorName } from '../account/authenticator-name.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { AuthenticatorNameField } from './authenticator-name-field.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { NewAppCode } from './new-app-code.tsx'

/** Names another authenticator app and binds it beside those that the account has. */
export function AddAppDialog({ onClose }: { onClose: () => void }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const [typed, setTyped] = useState('')
  const [begun, setBegun] = useState<{ name: string; secret: EnrolmentSecret } | null>(null)

  function submit(): void {
    const name = parseAuthenticatorName(typed)
    if (name === null) return command.setFault(NAME_FAULT)
    command.run(async () => setBegun({ name, secret: await guard(() => security.beginApp()) }))
  }

  return (
    <Dialog title="Add an authenticator app" onClose={onClose}>
      {begun === null ? (
        <>
          <p>
            An app on a second device lets you in when the first one is lost: the codes of either will do.
            Each has a secret of its own. Your other sessions end when it is added.
          </p>
          <Form
            command={command}
            action="Continue"
            onSubmit={submit}
            after={
              <Button kind="link" onPress={onClose}>
                Not now
              </Button>
            }
          >
            <AuthenticatorNameField value={typed} onValue={setTyped} example="old tablet" />
          </Form>
        </>
      ) : (
        <NewAppCode {...begun} replaces={null} onDone={onClose} />
      )}
    </Dialog>
  )
}

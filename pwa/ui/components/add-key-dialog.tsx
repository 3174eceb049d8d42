import { useState } from 'preact/hooks'
import { NAME_FAULT, parseAuthenticatorName } from '../account/authenticator-name.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { AuthenticatorNameField } from './authenticator-name-field.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'

/** Names a passkey or security key and has the browser ask for it. */
export function AddKeyDialog({ onClose }: { onClose: () => void }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const [typed, setTyped] = useState('')

  function submit(): void {
    const name = parseAuthenticatorName(typed)
    if (name === null) return command.setFault(NAME_FAULT)
    command.run(async () => {
      await guard(() => security.addKey(name))
      onClose()
    })
  }

  return (
    <Dialog title="Add a passkey or security key" onClose={onClose}>
      <div class="prose">
        <p>
          Instead of a code you then touch the key or confirm on your device; the password stays. Your other
          sessions end.
        </p>
        <p>
          Keep a security key with you and lend it to nobody, and lock the device that a passkey is on. If you
          lose it, remove it here at once.
        </p>
      </div>
      <Form
        command={command}
        action="Add"
        onSubmit={submit}
        after={
          <Button kind="link" onPress={onClose}>
            Not now
          </Button>
        }
      >
        <AuthenticatorNameField value={typed} onValue={setTyped} example="blue key" />
      </Form>
    </Dialog>
  )
}

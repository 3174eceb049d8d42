import { useState } from 'preact/hooks'
import { WEBAUTHN_NAME_MOST } from '../../../server/wire/webauthn.ts'
import { KEY_NAME_FAULT, parseKeyName } from '../account/key-name.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { TextField } from './text-field.tsx'

/** Names a passkey or security key and has the browser ask for it. */
export function AddKeyDialog({ onClose }: { onClose: () => void }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const [typed, setTyped] = useState('')

  function submit(): void {
    const name = parseKeyName(typed)
    if (name === null) return command.setFault(KEY_NAME_FAULT)
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
        <TextField
          label="Name"
          value={typed}
          onValue={setTyped}
          hint={`So that you know it again, such as “blue key” or “my phone”. At most ${WEBAUTHN_NAME_MOST} characters.`}
          name="key-name"
          autocomplete="off"
          takesFocus
        />
      </Form>
    </Dialog>
  )
}

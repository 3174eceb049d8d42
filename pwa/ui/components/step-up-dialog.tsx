import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { BothFactorFields, OtherFactorButtons, useBothFactors } from './both-factors.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { TextField } from './text-field.tsx'

interface StepUpDialogProps {
  readonly username: string
  readonly onDone: () => void
  readonly onClose: () => void
}

/** Asks for both factors once more, before something changes how the account is signed in to. */
export function StepUpDialog({ username, onDone, onClose }: StepUpDialogProps) {
  const client = useClient()
  const command = useCommand()
  const factors = useBothFactors(command)

  function submit(): void {
    const typed = factors.read()
    if (typed === null) return
    command.run(async () => {
      await client.security.stepUp(typed.password, typed.second)
      onDone()
    }, factors.forgetCode)
  }

  return (
    <Dialog title="Confirm that it is you" onClose={onClose}>
      <p>
        This changes who can get into your account. Confirm with your password and a second factor to go on.
      </p>
      <Form
        command={command}
        action="Confirm"
        onSubmit={submit}
        after={<OtherFactorButtons factors={factors} command={command} />}
      >
        <TextField
          label="Username"
          value={username}
          onValue={() => undefined}
          name="username"
          autocomplete="username"
          isReadOnly
        />
        <BothFactorFields factors={factors} takesFocus />
      </Form>
    </Dialog>
  )
}

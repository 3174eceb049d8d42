import { useEffect, useState } from 'preact/hooks'
import type { SessionWarning } from '../../client/contract/status.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useLive } from '../hooks/use-live.ts'
import { describeTime } from '../timeline/days.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { PasswordField } from './password-field.tsx'
import { TextField } from './text-field.tsx'

/** Says that the session is about to end, and how to go on. Nothing while no end is near. */
export function SessionEndDialog({ username }: { username: string }) {
  const warning = useLive(useClient().sessionWarning) ?? null
  const [dismissed, setDismissed] = useState<SessionWarning['kind'] | null>(null)

  useEffect(() => {
    if (warning === null) setDismissed(null)
  }, [warning])

  if (warning === null || warning.kind === dismissed) return null
  const dismiss = () => setDismissed(warning.kind)
  if (warning.kind === 'idle') return <IdleDialog endsAt={warning.endsAt} onClose={dismiss} />
  return <PasswordDialog key={warning.kind} username={username} endsAt={warning.endsAt} onClose={dismiss} />
}

interface EndProps {
  readonly endsAt: number
  readonly onClose: () => void
}

/** Any sign of the person keeps the session: a press on the button is one. */
function IdleDialog({ endsAt, onClose }: EndProps) {
  return (
    <Dialog title="Are you still there?" onClose={onClose}>
      <p class="prose">
        Nothing has happened here for a while, so your session ends at {describeTime(endsAt)}. What you write
        after that waits on this device until you sign in again.
      </p>
      <footer class="dialog-foot">
        <Button onPress={onClose}>Stay signed in</Button>
      </footer>
    </Dialog>
  )
}

function PasswordDialog({ username, endsAt, onClose }: EndProps & { username: string }) {
  const client = useClient()
  const command = useCommand()
  const [password, setPassword] = useState('')
  const [isShown, setIsShown] = useState(false)

  function submit(): void {
    setIsShown(false)
    if (password === '') return command.setFault('Type your password.')
    command.run(() => client.reauthenticate(password))
  }

  return (
    <Dialog title="Your session ends soon" onClose={onClose}>
      <p class="prose">
        Your password is asked for every 12 hours. Type it now to go on; otherwise your session ends at{' '}
        {describeTime(endsAt)}, and what you write after that waits on this device until you sign in again.
      </p>
      <Form
        command={command}
        action="Go on"
        onSubmit={submit}
        after={
          <Button kind="link" onPress={onClose}>
            Not now
          </Button>
        }
      >
        <TextField
          label="Username"
          value={username}
          onValue={() => undefined}
          name="username"
          autocomplete="username"
          isReadOnly
        />
        <PasswordField
          value={password}
          onValue={setPassword}
          isShown={isShown}
          onShown={setIsShown}
          purpose="current-password"
          takesFocus
        />
      </Form>
    </Dialog>
  )
}

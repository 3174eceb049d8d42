import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { StepUpProvider } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { ChangePasswordForm } from './change-password-dialog.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'

/** Somebody else may know the password: the way on is a new one, or out. */
export function ForcedChange({ username }: { username: string }) {
  const client = useClient()
  const leaving = useCommand()
  return (
    <StepUpProvider username={username}>
      <Dialog title="Choose a new password">
        <p>
          Somebody else may know your password: it stands on a list of stolen passwords, or codes were guessed
          with it. Nothing is sent or received until you have chosen a new one.
        </p>
        <ChangePasswordForm username={username} onDone={() => undefined} />
        <Fault words={leaving.fault} />
        <Button kind="link" onPress={() => leaving.run(() => client.logOut())}>
          Sign out instead
        </Button>
      </Dialog>
    </StepUpProvider>
  )
}

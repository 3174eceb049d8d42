import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'

interface SignOutDialogProps {
  readonly outboxCount: number
  /** The person wants nothing to stay here. */
  readonly onErase: () => void
  readonly onClose: () => void
}

/** Asks before signing out, and says what stays. */
export function SignOutDialog({ outboxCount, onErase, onClose }: SignOutDialogProps) {
  const client = useClient()
  const command = useCommand()
  return (
    <Dialog title="Sign out?" onClose={onClose}>
      <div class="prose">
        <p>
          Your keys and your history stay on this device, ready for the next time you sign in here. Nobody can
          sign in without your password and a code.
        </p>
        {outboxCount > 0 && (
          <p>
            <b>{outboxCount === 1 ? 'One message has' : `${outboxCount} messages have`} not left yet.</b> They
            stay here and are sent after your next sign-in.
          </p>
        )}
        <p>
          Is this not your own device?{' '}
          <Button kind="link" onPress={onErase}>
            Erase everything here
          </Button>
        </p>
      </div>
      <Fault words={command.fault} />
      <footer class="dialog-foot">
        <Button kind="quiet" onPress={onClose}>
          Stay signed in
        </Button>
        <Button isBusy={command.isBusy} onPress={() => command.run(() => client.logOut())}>
          Sign out
        </Button>
      </footer>
    </Dialog>
  )
}

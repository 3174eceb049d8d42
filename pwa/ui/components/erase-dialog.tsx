import { useState } from 'preact/hooks'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useLive } from '../hooks/use-live.ts'
import { useNow } from '../hooks/use-now.ts'
import { navigate } from '../routes.ts'
import { describeBackups } from '../storage-words.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'

const UNCONFIRMED_FAULT = 'Tick the box to say that all of this may go.'

/** Says what goes for good, offers a backup first, and erases once that was confirmed. */
export function EraseDialog({ username, onClose }: { username: string; onClose: () => void }) {
  const client = useClient()
  const command = useCommand()
  const backups = useLive(client.backup.state)
  const outbox = useLive(client.outbox) ?? []
  const now = useNow()
  const [isConfirmed, setIsConfirmed] = useState(false)
  const unsentCount = outbox.reduce((sum, { messages }) => sum + messages.length, 0)
  const isBackedUp = backups !== undefined && (backups.fileAt !== null || backups.serverAt !== null)

  function submit(): void {
    if (!isConfirmed) return command.setFault(UNCONFIRMED_FAULT)
    command.run(() => client.eraseBrowser())
  }

  function backUp(): void {
    onClose()
    navigate({ name: isBackedUp ? 'backup' : 'backup/new' })
  }

  return (
    <Dialog title="Sign out and erase this browser?" {...(command.isBusy ? {} : { onClose })}>
      <div class="prose">
        <p>
          You are signed out, and keys, messages and drafts of {username} go from this browser, in all its
          windows. <b>This cannot be undone.</b> Your account stays, and so do your contacts’ copies.
        </p>
        {unsentCount > 0 && (
          <p>
            <b>
              {unsentCount === 1 ? 'One message that was' : `${unsentCount} messages that were`} not sent yet
              will be lost.
            </b>
          </p>
        )}
        <p>
          {isBackedUp
            ? 'To read your messages again you need your key backup and what opens it.'
            : 'There is no key backup: without one, nobody can ever read these messages again in another browser of yours.'}
        </p>
        {backups && isBackedUp && <p class="fine">Key backup: {describeBackups(backups, now)}</p>}
        <Button kind="quiet" onPress={backUp}>
          {isBackedUp ? 'Look at my backup first' : 'Back up my keys first'}
        </Button>
      </div>
      <Form
        command={command}
        action="Erase everything"
        tone="danger"
        onSubmit={submit}
        after={
          <Button kind="link" onPress={onClose}>
            Keep everything
          </Button>
        }
      >
        <label class="check">
          <input
            type="checkbox"
            checked={isConfirmed}
            onInput={(event) => {
              setIsConfirmed(event.currentTarget.checked)
              command.setFault(null)
            }}
          />
          <span>All of this may go from this browser</span>
        </label>
      </Form>
    </Dialog>
  )
}

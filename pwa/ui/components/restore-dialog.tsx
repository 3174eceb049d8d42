import { useState } from 'preact/hooks'
import type { RestoreProgress, RestoreResult } from '../../client/contract/key-backup.ts'
import { describeMissing, describeRestored } from '../account/backup-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { BackupSourceFields, findChoiceFault, NOTHING_CHOSEN } from './backup-source-fields.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'

/** Takes the keys of a backup in and reads everything again, with a count while it runs and at its end. */
export function RestoreDialog({ onClose }: { onClose: () => void }) {
  const { backup } = useClient()
  const command = useCommand()
  const [chosen, setChosen] = useState(NOTHING_CHOSEN)
  const [progress, setProgress] = useState<RestoreProgress | null>(null)
  const [result, setResult] = useState<RestoreResult | null>(null)
  const { source, secret } = chosen

  function restore(): void {
    const fault = findChoiceFault(chosen)
    if (source === null || fault !== null) return command.setFault(fault)
    command.run(
      async () => setResult(await backup.restore(source, secret, setProgress)),
      () => setProgress(null),
    )
  }

  if (result) return <Restored result={result} onClose={onClose} />
  return (
    <Dialog title="Restore a key backup" {...(command.isBusy ? {} : { onClose })}>
      <p>
        The keys in the backup open your earlier messages again. What you write from now on is sealed with new
        keys, which are exchanged by themselves.
      </p>
      <Form command={command} action="Restore" onSubmit={restore}>
        <BackupSourceFields chosen={chosen} onChosen={setChosen} />
        {progress && <Progress {...progress} />}
      </Form>
    </Dialog>
  )
}

function Progress({ done, total }: RestoreProgress) {
  const words = `Reading again: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} entries`
  return (
    <div class="restore-progress">
      <progress max={Math.max(total, 1)} value={done} aria-label={words} />
      <p>{words}</p>
    </div>
  )
}

function Restored({ result, onClose }: { result: RestoreResult; onClose: () => void }) {
  const reasons = describeMissing(result)
  return (
    <Dialog title="Your keys are back" onClose={onClose}>
      <div class="prose" role="status">
        <p class="restored-count">{describeRestored(result)}</p>
        {reasons.length > 0 && (
          <>
            <p>These stay closed:</p>
            <ul>
              {reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </>
        )}
        {result.unread.length > 0 && (
          <p>
            The server did not show the whole log with {result.unread.join(', ')}. Try again later to read the
            rest.
          </p>
        )}
        {result.isNewIdentity && (
          <p>
            The identity in this backup was replaced since. This browser has a new one, and your contacts see
            that your security code changed.
          </p>
        )}
      </div>
      <footer class="dialog-foot">
        <Button onPress={onClose}>Done</Button>
      </footer>
    </Dialog>
  )
}

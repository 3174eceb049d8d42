import { useState } from 'preact/hooks'
import { describeWhen } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { BackupSourceFields, findChoiceFault, NOTHING_CHOSEN } from './backup-source-fields.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'

interface Outcome {
  readonly madeAt: number
  readonly missingCount: number
}

/** A rehearsal: opens a backup and changes nothing. */
export function TryBackupDialog({ onClose }: { onClose: () => void }) {
  const { backup } = useClient()
  const command = useCommand()
  const [chosen, setChosen] = useState(NOTHING_CHOSEN)
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const { source, secret } = chosen

  function rehearse(): void {
    const fault = findChoiceFault(chosen)
    if (source === null || fault !== null) return command.setFault(fault)
    command.run(async () => setOutcome(await backup.rehearse(source, secret)))
  }

  return (
    <Dialog title="Check that your backup works" onClose={onClose}>
      {outcome ? (
        <>
          <div class="prose" role="status">
            <p class="restored-count">This backup opens.</p>
            <p>{describeOutcome(outcome)}</p>
          </div>
          <footer class="dialog-foot">
            <Button onPress={onClose}>Done</Button>
          </footer>
        </>
      ) : (
        <>
          <p>This opens the backup as a restore would, and changes nothing.</p>
          <Form command={command} action="Check" onSubmit={rehearse}>
            <BackupSourceFields chosen={chosen} onChosen={setChosen} />
          </Form>
        </>
      )}
    </Dialog>
  )
}

function describeOutcome({ madeAt, missingCount }: Outcome): string {
  const made = `It was made ${describeWhen(madeAt, Date.now())}`
  if (missingCount === 0) return `${made} and holds every key of this browser.`
  return `${made}. Keys changed since: save a new one, so that newer messages come back as well.`
}

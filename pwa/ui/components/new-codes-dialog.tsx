import { useState } from 'preact/hooks'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'
import { Form } from './form.tsx'
import { RecoveryCodeSheet, SavedCheck, UNSAVED_FAULT } from './recovery-code-sheet.tsx'

/** Makes a new list of recovery codes and shows it once; it closes when the person has saved them. */
export function NewCodesDialog({ username, onClose }: { username: string; onClose: () => void }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const [isSaved, setIsSaved] = useState(false)

  function finish(): void {
    if (codes !== null && !isSaved) command.setFault(UNSAVED_FAULT)
    else onClose()
  }

  return (
    <Dialog title="New recovery codes" onClose={finish}>
      {codes === null ? (
        <>
          <p>
            You get ten new codes. The list you have now is worth nothing from then on, and your other
            sessions end.
          </p>
          <Fault words={command.fault} />
          <footer class="dialog-foot">
            <Button kind="quiet" onPress={onClose}>
              Keep the old list
            </Button>
            <Button
              isBusy={command.isBusy}
              onPress={() =>
                command.run(async () => setCodes(await guard(() => security.makeRecoveryCodes())))
              }
            >
              Make new codes
            </Button>
          </footer>
        </>
      ) : (
        <>
          <RecoveryCodeSheet username={username} codes={codes} />
          <Form command={command} action="Done" onSubmit={finish}>
            <SavedCheck isSaved={isSaved} onSaved={setIsSaved} />
          </Form>
        </>
      )}
    </Dialog>
  )
}

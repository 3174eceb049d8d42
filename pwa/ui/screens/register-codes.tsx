import { useState } from 'preact/hooks'
import { Button } from '../components/button.tsx'
import { Form } from '../components/form.tsx'
import { RecoveryCodeSheet, SavedCheck, UNSAVED_FAULT } from '../components/recovery-code-sheet.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { replaceRoute } from '../routes.ts'

interface RegisterCodesProps {
  readonly username: string
  readonly codes: readonly string[]
  readonly onFault: (error: unknown) => void
}

/** The last step: the recovery codes, shown this once. The account is activated when they are saved. */
export function RegisterCodes({ username, codes, onFault }: RegisterCodesProps) {
  const client = useClient()
  const command = useCommand()
  const [isSaved, setIsSaved] = useState(false)

  function finish(isBackingUp: boolean): void {
    if (!isSaved) return command.setFault(UNSAVED_FAULT)
    command.run(async () => {
      await client.activateEnrolment()
      if (isBackingUp) replaceRoute({ name: 'backup/new' })
    }, onFault)
  }

  return (
    <>
      <RecoveryCodeSheet username={username} codes={codes} />
      <Form
        command={command}
        action="Finish and sign in"
        onSubmit={() => finish(false)}
        after={
          <Button kind="quiet" onPress={() => finish(true)}>
            Finish, and back up my keys
          </Button>
        }
      >
        <SavedCheck isSaved={isSaved} onSaved={setIsSaved} />
      </Form>
    </>
  )
}

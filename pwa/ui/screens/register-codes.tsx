import { useState } from 'preact/hooks'
import { Form } from '../components/form.tsx'
import { RecoveryCodeSheet, SavedCheck, UNSAVED_FAULT } from '../components/recovery-code-sheet.tsx'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'

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

  function submit(): void {
    if (!isSaved) return command.setFault(UNSAVED_FAULT)
    command.run(() => client.activateEnrolment(), onFault)
  }

  return (
    <>
      <RecoveryCodeSheet username={username} codes={codes} />
      <Form command={command} action="Finish and sign in" onSubmit={submit}>
        <SavedCheck isSaved={isSaved} onSaved={setIsSaved} />
      </Form>
    </>
  )
}

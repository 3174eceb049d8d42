import { useState } from 'preact/hooks'
import { formatRecoveryCode, formatRecoverySheet } from '../account/recovery-code.ts'
import { saveTextFile } from '../account/save-text-file.ts'
import { Button } from '../components/button.tsx'
import { CopyButton } from '../components/copy-button.tsx'
import { Form } from '../components/form.tsx'
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
  const sheet = formatRecoverySheet(username, codes)

  function submit(): void {
    if (!isSaved) return command.setFault('Save the codes first, then tick the box.')
    command.run(() => client.activateEnrolment(), onFault)
  }

  return (
    <>
      <p>
        If you lose your authenticator app, these codes let you in, each once and in this order. They are
        shown only now. Keep them where nobody else looks.
      </p>
      <ol class="recovery-codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{formatRecoveryCode(code)}</code>
          </li>
        ))}
      </ol>
      <div class="save-actions">
        <CopyButton label="Copy" text={sheet} />
        <Button kind="quiet" onPress={() => saveTextFile(`letterlock-recovery-codes-${username}.txt`, sheet)}>
          Download
        </Button>
        <Button kind="quiet" onPress={() => print()}>
          Print
        </Button>
      </div>
      <Form command={command} action="Finish and sign in" onSubmit={submit}>
        <label class="check">
          <input
            type="checkbox"
            checked={isSaved}
            onInput={(event) => setIsSaved(event.currentTarget.checked)}
          />
          <span>I have saved them</span>
        </label>
      </Form>
    </>
  )
}

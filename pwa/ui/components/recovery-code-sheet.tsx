import { formatRecoveryCode, formatRecoverySheet } from '../account/recovery-code.ts'
import { saveTextFile } from '../account/save-text-file.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'

interface RecoveryCodeSheetProps {
  readonly username: string
  readonly codes: readonly string[]
}

/** The codes, shown this once, and ways to keep them. */
export function RecoveryCodeSheet({ username, codes }: RecoveryCodeSheetProps) {
  const sheet = formatRecoverySheet(username, codes)
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
    </>
  )
}

/** The person's word that the codes are kept somewhere. */
export function SavedCheck({ isSaved, onSaved }: { isSaved: boolean; onSaved: (isSaved: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={isSaved} onInput={(event) => onSaved(event.currentTarget.checked)} />
      <span>I have saved them</span>
    </label>
  )
}

export const UNSAVED_FAULT = 'Save the codes first, then tick the box.'

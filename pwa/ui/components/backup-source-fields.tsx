import { useEffect, useId, useState } from 'preact/hooks'
import type { BackupSource } from '../../client/contract/key-backup.ts'
import { describeWhen } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { TextField } from './text-field.tsx'

export interface ChosenBackup {
  readonly source: BackupSource | null
  readonly secret: string
  /** The server has not said yet whether it keeps one. */
  readonly isLooking: boolean
}

interface BackupSourceFieldsProps {
  readonly chosen: ChosenBackup
  readonly onChosen: (change: (before: ChosenBackup) => ChosenBackup) => void
}

export const NOTHING_CHOSEN: ChosenBackup = { source: null, secret: '', isLooking: true }

/** What is missing before a backup can be opened, as a sentence; null: nothing is. */
export function findChoiceFault({ source, secret, isLooking }: ChosenBackup): string | null {
  if (source === null && isLooking)
    return 'The server had not said yet whether it keeps a backup. Try again, or choose a file.'
  if (source === null) return 'Choose the file of your backup first.'
  return secret.trim() === '' ? 'Type the code or passphrase of the backup.' : null
}

/** Which backup, and what opens it. The one on the server is offered if there is one. */
export function BackupSourceFields({ chosen, onChosen }: BackupSourceFieldsProps) {
  const { backup } = useClient()
  const [savedAt, setSavedAt] = useState<number | null>(null)
  const id = useId()
  const { source, secret, isLooking } = chosen

  useEffect(() => {
    async function look(): Promise<void> {
      // Without the server a file is still there to be chosen, and restoring it says what is wrong.
      const at = await backup.serverBackup().catch(() => null)
      setSavedAt(at)
      const stored: BackupSource | null = at === null ? null : { kind: 'server' }
      // The person may have chosen or typed meanwhile.
      onChosen((before) => ({ ...before, source: before.source ?? stored, isLooking: false }))
    }
    void look()
  }, [])

  const choose = (chosenSource: BackupSource | null): void =>
    onChosen((before) => ({ ...before, source: chosenSource }))
  const chooseFile = async (file: File | undefined): Promise<void> => {
    if (file) choose({ kind: 'file', text: await file.text() })
  }

  return (
    <>
      {isLooking && <p class="fine">Asking the server for your backup…</p>}
      {savedAt !== null && (
        <fieldset class="choices">
          <legend>Which backup?</legend>
          <label class="check">
            <input
              type="radio"
              name={`${id}-source`}
              checked={source?.kind === 'server'}
              onInput={() => choose({ kind: 'server' })}
            />
            <span>The one on the server, stored {describeWhen(savedAt, Date.now())}</span>
          </label>
          <label class="check">
            <input
              type="radio"
              name={`${id}-source`}
              checked={source?.kind !== 'server'}
              onInput={() => choose(null)}
            />
            <span>A file</span>
          </label>
        </fieldset>
      )}
      {source?.kind !== 'server' && (
        <div class="field">
          <label for={`${id}-file`}>Backup file</label>
          <input
            id={`${id}-file`}
            class="file-input"
            type="file"
            accept=".txt,text/plain"
            onChange={(event) => void chooseFile(event.currentTarget.files?.[0])}
          />
        </div>
      )}
      <TextField
        label="Backup code or passphrase"
        name="backup-secret"
        autocomplete="off"
        isCode
        value={secret}
        onValue={(typed) => onChosen((before) => ({ ...before, secret: typed }))}
      />
    </>
  )
}

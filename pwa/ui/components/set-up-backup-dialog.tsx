import { useMemo, useState } from 'preact/hooks'
import { formatBackupSheet } from '../account/backup-words.ts'
import { countCharacters } from '../account/credentials.ts'
import { saveTextFile } from '../account/save-text-file.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { PasswordField } from './password-field.tsx'
import { StrengthMeter } from './strength-meter.tsx'
import { TextField } from './text-field.tsx'

interface SetUpBackupDialogProps {
  readonly username: string
  /** The server keeps a backup of this account already. */
  readonly hasServerBackup: boolean
  readonly onClose: () => void
}

/** A passphrase guards the backup against whoever has it and all the time in the world. */
const PASSPHRASE_LEAST = 15

type Step = 'choose' | { readonly groups: readonly string[] }

/** Makes the code (or takes a passphrase), has the person prove that it was kept, and begins to make backups. */
export function SetUpBackupDialog({ username, hasServerBackup, onClose }: SetUpBackupDialogProps) {
  const { backup } = useClient()
  const command = useCommand()
  const [step, setStep] = useState<Step>('choose')
  const [isByPassphrase, setIsByPassphrase] = useState(false)
  const [passphrase, setPassphrase] = useState('')
  const [isShown, setIsShown] = useState(false)
  const [isOnServer, setIsOnServer] = useState(true)

  async function finish(): Promise<void> {
    await backup.finish(isOnServer)
    onClose()
  }

  function goOn(): void {
    if (!isByPassphrase) return command.run(async () => setStep({ groups: await backup.beginCode() }))
    setIsShown(false)
    if (countCharacters(passphrase) < PASSPHRASE_LEAST)
      return command.setFault(`Use at least ${PASSPHRASE_LEAST} characters, for example six unrelated words.`)
    command.run(async () => {
      await backup.beginPassphrase(passphrase)
      await finish()
    })
  }

  if (step !== 'choose') {
    return <CodeStep groups={step.groups} username={username} onFinish={finish} onClose={onClose} />
  }
  return (
    <Dialog title="Back up your keys" onClose={onClose}>
      <p>
        Only the keys in this browser open your messages. When its storage is cleared, a backup brings them
        back.
      </p>
      <Form command={command} action="Continue" onSubmit={goOn}>
        <fieldset class="choices">
          <legend>What opens the backup?</legend>
          <label class="check">
            <input
              type="radio"
              name="lock"
              checked={!isByPassphrase}
              onInput={() => setIsByPassphrase(false)}
            />
            <span>
              A code that Letterlock makes
              <small>Strongest. You write it down or save it.</small>
            </span>
          </label>
          <label class="check">
            <input
              type="radio"
              name="lock"
              checked={isByPassphrase}
              onInput={() => setIsByPassphrase(true)}
            />
            <span>
              A passphrase of your own
              <small>You remember it. Do not use your password: the server sees that one.</small>
            </span>
          </label>
        </fieldset>
        {isByPassphrase && (
          <>
            <PasswordField
              label="Passphrase"
              value={passphrase}
              onValue={setPassphrase}
              isShown={isShown}
              onShown={setIsShown}
              purpose="new-password"
              hint="Six unrelated words are a good passphrase."
            />
            <StrengthMeter password={passphrase} username={username} />
          </>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={isOnServer}
            onInput={(event) => setIsOnServer(event.currentTarget.checked)}
          />
          <span>
            Keep it on the server, too
            <small>Sealed, so that the server cannot read it, and renewed when your keys change.</small>
          </span>
        </label>
        {hasServerBackup && isOnServer && (
          <p class="field-note">
            The server keeps an earlier backup of yours. The new one takes its place: if the earlier one may
            hold keys that this browser lacks, restore it first.
          </p>
        )}
      </Form>
    </Dialog>
  )
}

interface CodeStepProps {
  readonly groups: readonly string[]
  readonly username: string
  readonly onFinish: () => Promise<void>
  readonly onClose: () => void
}

function CodeStep({ groups, username, onFinish, onClose }: CodeStepProps) {
  const { backup } = useClient()
  const command = useCommand()
  const [isKept, setIsKept] = useState(false)
  const [typed, setTyped] = useState('')
  const asked = useMemo(() => Math.floor(Math.random() * groups.length), [groups])
  const sheet = formatBackupSheet(username, groups)

  function submit(): void {
    if (!backup.isPartOfCode(asked, typed))
      return command.setFault('That is not this group of your code. Compare it with what you kept.')
    command.run(onFinish)
  }

  if (!isKept) {
    return (
      <Dialog title="Your backup code" onClose={onClose}>
        <p>
          It is shown only now. Keep it where nobody else looks: whoever has it and the backup can read your
          messages, and without it nobody can open the backup.
        </p>
        <p class="backup-code" aria-label="Backup code">
          {groups.map((group) => (
            <code key={group}>{group}</code>
          ))}
        </p>
        <div class="save-actions">
          <CopyButton label="Copy" text={groups.join('-')} />
          <Button kind="quiet" onPress={() => saveTextFile(`letterlock-backup-code-${username}.txt`, sheet)}>
            Download
          </Button>
        </div>
        <footer class="dialog-foot">
          <Button onPress={() => setIsKept(true)}>I have kept it</Button>
        </footer>
      </Dialog>
    )
  }
  return (
    <Dialog title="Check your code" onClose={onClose}>
      <Form
        command={command}
        action="Finish"
        onSubmit={submit}
        after={
          <Button kind="link" onPress={() => setIsKept(false)}>
            Show the code again
          </Button>
        }
      >
        <TextField
          label={`Group ${asked + 1} of your code`}
          hint={`The code has ${groups.length} groups of four. Type the one with number ${asked + 1}.`}
          name="backup-code-group"
          autocomplete="off"
          isCode
          takesFocus
          value={typed}
          onValue={setTyped}
        />
      </Form>
    </Dialog>
  )
}

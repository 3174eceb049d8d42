import { useMemo, useState } from 'preact/hooks'
import type { SafetyNumber } from '../../client/contract/conversation.ts'
import type { Account } from '../../../server/wire/account.ts'
import { useClient } from '../hooks/use-client.ts'
import { hasCamera } from '../hooks/use-code-camera.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useLive } from '../hooks/use-live.ts'
import { compareCode, type Comparison } from '../safety/compare-code.ts'
import { Button } from './button.tsx'
import { CodeScanner } from './code-scanner.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'
import { ScanIcon, ShieldAlertIcon, ShieldIcon } from './icons.tsx'
import { QrCode } from './qr-code.tsx'

interface SafetyNumberDialogProps {
  readonly contact: Account
  readonly onClose: () => void
}

/** Compares the safety number with a contact, by eye, by voice or by camera, and remembers the outcome. */
export function SafetyNumberDialog({ contact, onClose }: SafetyNumberDialogProps) {
  const client = useClient()
  const number = useLive(useMemo(() => client.safetyNumber(contact.id), [client, contact.id]))
  return (
    <Dialog title="Verify safety number" onClose={onClose}>
      {number === undefined && (
        <p class="safety-absent" role="status">
          Working out the number…
        </p>
      )}
      {number === null && (
        <p class="safety-absent">
          There is no number to compare yet. It is made from the keys of both of you, and one of them is not
          known in this browser so far.
        </p>
      )}
      {number && <NumberToCompare key={number.qrText} number={number} contact={contact} />}
    </Dialog>
  )
}

function NumberToCompare({ number, contact }: { number: SafetyNumber; contact: Account }) {
  const [isScanning, setIsScanning] = useState(false)
  const [comparison, setComparison] = useState<Comparison | null>(null)
  const name = number.contactName

  function compare(text: string): void {
    setComparison(compareCode(text, number.qrText))
    setIsScanning(false)
  }

  if (isScanning)
    return (
      <CodeScanner
        words={`Hold the camera at the code on ${name}’s screen.`}
        onText={compare}
        onCancel={() => setIsScanning(false)}
      />
    )
  return (
    <div class="safety">
      <p>
        Open this same screen on {name}’s device, or call {name} and read the digits to each other. If all of
        them are the same on both, nobody stands between you.
      </p>
      <div class="safety-number">
        <QrCode text={number.qrText} label="The safety number as a QR code" />
        <ol class="safety-digits" aria-label="Safety number">
          {number.groups.map((group, index) => (
            <li key={index}>{group}</li>
          ))}
        </ol>
      </div>
      {hasCamera() && (
        <button type="button" class="button button-quiet" onClick={() => setIsScanning(true)}>
          <ScanIcon />
          <span class="button-words">Scan {name}’s code</span>
        </button>
      )}
      <Outcome comparison={comparison} number={number} />
      <Verdict number={number} contact={contact} />
    </div>
  )
}

function Outcome({ comparison, number }: { comparison: Comparison | null; number: SafetyNumber }) {
  const name = number.contactName
  return (
    <div role="alert">
      {comparison === 'same' && (
        <p class="safety-outcome safety-same">
          <ShieldIcon />
          <span>
            <b>The codes are the same.</b> {!number.isVerified && `You can mark ${name} as verified.`}
          </span>
        </p>
      )}
      {comparison === 'different' && (
        <p class="safety-outcome safety-different">
          <ShieldAlertIcon />
          <span>
            <b>The codes differ.</b> Make sure that {name} has your conversation open, in the browser that you
            write to. If they still differ, somebody may stand between you: send nothing that matters.
          </span>
        </p>
      )}
      {comparison === 'foreign' && (
        <p class="safety-outcome safety-foreign">
          <ScanIcon />
          <span>That code is not a safety number. Scan the one on {name}’s screen.</span>
        </p>
      )}
    </div>
  )
}

/** What the person has decided, and the way to decide otherwise. */
function Verdict({ number, contact }: { number: SafetyNumber; contact: Account }) {
  const client = useClient()
  const command = useCommand()
  const { contactName: name, isVerified } = number
  return (
    <>
      <p class="fine">
        {isVerified
          ? `You have verified ${name}. Should the number ever change, you are told, and nothing is sent before you have looked.`
          : `Once ${name} is verified and the number changes, nothing is sent before you have looked.`}
      </p>
      <Fault words={command.fault} />
      <div class="dialog-foot">
        {isVerified ? (
          <Button
            kind="quiet"
            isBusy={command.isBusy}
            onPress={() => command.run(() => client.unmarkVerified(contact.id))}
          >
            Remove verification
          </Button>
        ) : (
          <Button
            isBusy={command.isBusy}
            onPress={() => command.run(() => client.markVerified(contact.id, number))}
          >
            Mark as verified
          </Button>
        )}
      </div>
    </>
  )
}

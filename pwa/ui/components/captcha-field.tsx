import { useEffect, useState } from 'preact/hooks'
import { CAPTCHA_WORK_PARTS } from '../../../server/wire/captcha.ts'
import type { CaptchaEntry } from '../hooks/use-captcha.ts'
import { Button } from './button.tsx'
import { TextField } from './text-field.tsx'

/** A picture to read, or the browser's work instead. Nothing while none is demanded. */
export function CaptchaField({ entry }: { entry: CaptchaEntry }) {
  if (!entry.isDemanded) return null
  return (
    <fieldset class="captcha">
      <legend>To keep programs out</legend>
      {entry.way === 'picture' ? <PictureWay entry={entry} /> : <WorkWay entry={entry} />}
    </fieldset>
  )
}

function PictureWay({ entry }: { entry: CaptchaEntry }) {
  const { captcha, text, fault, setText, choose, renew } = entry
  return (
    <>
      <Picture picture={captcha?.picture ?? null} />
      <TextField
        label="Characters in the picture"
        value={text}
        onValue={setText}
        hint="Six letters and digits. Capital or small makes no difference."
        fault={fault}
        name="captcha"
        autocomplete="off"
        isCode
      />
      <div class="captcha-ways">
        <Button kind="link" onPress={renew}>
          Show another picture
        </Button>
        <Button kind="link" onPress={() => choose('work')}>
          Can’t read it? Let this browser do the work instead
        </Button>
      </div>
    </>
  )
}

/** Always dark on white. Its place is kept while it is fetched. */
function Picture({ picture }: { picture: Blob | null }) {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    if (picture === null) return setAddress(undefined)
    const made = URL.createObjectURL(picture)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [picture])
  if (address === undefined) return <div class="captcha-picture" aria-hidden="true" />
  return (
    <img class="captcha-picture" src={address} alt="Six letters and digits, drawn to be read by people" />
  )
}

function WorkWay({ entry }: { entry: CaptchaEntry }) {
  const { partsDone, isWorkDone, fault, choose, renew } = entry
  return (
    <>
      <progress class="captcha-progress" max={CAPTCHA_WORK_PARTS} value={partsDone} aria-label="Work done" />
      <p role="status" class="field-hint">
        {fault ??
          (isWorkDone
            ? 'Done: this browser has done the work. You can go on.'
            : 'This browser is doing some work in place of the picture. It takes about a quarter of a minute on a computer, and longer on a phone.')}
      </p>
      <div class="captcha-ways">
        {fault !== null && (
          <Button kind="link" onPress={renew}>
            Begin again
          </Button>
        )}
        <Button kind="link" onPress={() => choose('picture')}>
          {isWorkDone ? 'Read the picture after all' : 'Cancel, and read the picture'}
        </Button>
      </div>
    </>
  )
}

import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { describeLength } from '../timeline/message-length.ts'
import { SendIcon } from './icons.tsx'

interface ComposerProps {
  readonly contactName: string
  /** What was typed here before and not sent. */
  readonly draft: string
  readonly field: RefObject<HTMLTextAreaElement | null>
  /** Why nothing can be sent now; null if it can. Writing goes on all the same. */
  readonly obstacle: string | null
  readonly onDraft: (text: string) => void
  /** Resolves to false if the message was not taken: its text comes back into the field. */
  readonly onSend: (text: string) => Promise<boolean>
}

/** The field for the next message. Enter sends, Shift and Enter begin a new line. */
export function Composer(props: ComposerProps) {
  const { contactName, draft, field, obstacle, onDraft, onSend } = props
  const [text, setText] = useState(draft)
  const length = describeLength(text)
  const canSend = text.trim() !== '' && length?.isTooLong !== true && obstacle === null
  const words = length?.words ?? (text === '' ? null : obstacle)

  function write(next: string): void {
    setText(next)
    onDraft(next)
  }

  async function send(): Promise<void> {
    if (!canSend) return
    setText('')
    field.current?.focus()
    const isTaken = await onSend(text.trim())
    if (!isTaken) {
      const typedSince = field.current?.value ?? ''
      write(typedSince === '' ? text : `${text}\n${typedSince}`)
    }
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {words !== null && (
        <p
          id="composer-words"
          class={length?.isTooLong ? 'composer-words composer-fault' : 'composer-words'}
          role="status"
        >
          {words}
        </p>
      )}
      <div class="composer-row">
        <div class="composer-grow" data-text={text}>
          <textarea
            ref={field}
            rows={1}
            aria-label={`Message to ${contactName}`}
            aria-describedby={words === null ? undefined : 'composer-words'}
            aria-invalid={length?.isTooLong === true}
            placeholder={`Message to ${contactName}`}
            enterkeyhint="send"
            value={text}
            onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
              event.preventDefault()
              void send()
            }}
          />
        </div>
        <button type="submit" class="send-button" aria-label="Send" title="Send" disabled={!canSend}>
          <SendIcon />
        </button>
      </div>
    </form>
  )
}

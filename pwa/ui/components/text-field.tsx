import type { ComponentChildren, TargetedInputEvent } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface TextFieldProps {
  readonly label: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly hint?: ComponentChildren
  /** What is wrong with the value; null or absent if nothing is. */
  readonly fault?: string | null
  /** Tells browsers and password stores what belongs here. */
  readonly name: string
  readonly autocomplete: 'username' | 'new-password' | 'current-password' | 'one-time-code' | 'off'
  readonly type?: 'text' | 'password'
  readonly isNumeric?: boolean
  readonly isReadOnly?: boolean
  /** Has the focus from the start. */
  readonly takesFocus?: boolean
  /** Characters of one width, wide apart. */
  readonly isCode?: boolean
  /** Stands inside the field, at its end. */
  readonly action?: ComponentChildren
}

/** A labelled field with hint and fault tied to it. */
export function TextField(props: TextFieldProps) {
  const { label, value, onValue, hint, fault = null, action } = props
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    // The attribute works on a page that loads and in a dialog that opens; a screen that takes the place of another is neither.
    if (props.takesFocus === true) field.current?.focus()
  }, [])
  const described = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : '']
    .filter((part) => part !== '')
    .join(' ')
  const input = {
    ref: field,
    id,
    name: props.name,
    value,
    autocomplete: props.autocomplete,
    inputMode: props.isNumeric === true ? 'numeric' : 'text',
    readOnly: props.isReadOnly === true,
    class: props.isCode === true ? 'code-input' : undefined,
    required: true,
    autofocus: props.takesFocus === true,
    autocapitalize: 'none',
    autocorrect: 'off',
    spellcheck: false,
    'aria-invalid': fault !== null,
    'aria-describedby': described === '' ? undefined : described,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => onValue(event.currentTarget.value),
  } as const
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        {props.type === 'password' ? <input {...input} type="password" /> : <input {...input} type="text" />}
        {action}
      </div>
      {hint && (
        <div id={`${id}-hint`} class="field-hint">
          {hint}
        </div>
      )}
      {fault && (
        <p id={`${id}-fault`} class="field-fault">
          {fault}
        </p>
      )}
    </div>
  )
}

import type { ComponentChildren } from 'preact'
import { TextField } from './text-field.tsx'

interface PasswordFieldProps {
  /** "Password" unless there are two on one screen. */
  readonly label?: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly isShown: boolean
  readonly onShown: (isShown: boolean) => void
  readonly purpose: 'new-password' | 'current-password'
  readonly takesFocus?: boolean
  readonly hint?: ComponentChildren
  readonly fault?: string | null
}

/** A password with a switch that shows it. Whoever submits hides it again. No `maxlength`: it would cut what is pasted. */
export function PasswordField(props: PasswordFieldProps) {
  const { value, onValue, isShown, onShown, purpose, takesFocus = false, hint, fault = null } = props
  const { label = 'Password' } = props
  return (
    <TextField
      label={label}
      value={value}
      onValue={onValue}
      hint={hint}
      fault={fault}
      type={isShown ? 'text' : 'password'}
      name="password"
      autocomplete={purpose}
      takesFocus={takesFocus}
      action={
        <button
          type="button"
          class="field-action"
          aria-pressed={isShown}
          aria-label="Show password"
          onClick={() => onShown(!isShown)}
        >
          {isShown ? 'Hide' : 'Show'}
        </button>
      }
    />
  )
}

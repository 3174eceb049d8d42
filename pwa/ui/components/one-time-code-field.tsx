import { TextField } from './text-field.tsx'

interface OneTimeCodeFieldProps {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly fault?: string | null
}

/** Six digits from an authenticator app. */
export function OneTimeCodeField({ value, onValue, fault = null }: OneTimeCodeFieldProps) {
  return (
    <TextField
      label="One-time code"
      value={value}
      onValue={onValue}
      fault={fault}
      hint="The six digits that your authenticator app shows now."
      name="one-time-code"
      autocomplete="one-time-code"
      isNumeric
      isCode
    />
  )
}

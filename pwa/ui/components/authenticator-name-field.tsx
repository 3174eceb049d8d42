import { AUTHENTICATOR_NAME_MOST } from '../../../server/wire/primitives.ts'
import { TextField } from './text-field.tsx'

interface AuthenticatorNameFieldProps {
  readonly value: string
  readonly onValue: (value: string) => void
  /** A name that somebody might give. */
  readonly example: string
}

/** What the person calls an authenticator app, a passkey or a security key. */
export function AuthenticatorNameField({ value, onValue, example }: AuthenticatorNameFieldProps) {
  return (
    <TextField
      label="Name"
      value={value}
      onValue={onValue}
      hint={`So that you know it again, such as “${example}” or “my phone”. At most ${AUTHENTICATOR_NAME_MOST} characters.`}
      name="authenticator-name"
      autocomplete="off"
      takesFocus
    />
  )
}

import { useState } from 'preact/hooks'
import { findPasswordFault, isHardToTypeElsewhere, PASSWORD_URGED } from '../account/credentials.ts'
import { PasswordField } from './password-field.tsx'
import { StrengthMeter } from './strength-meter.tsx'

export interface NewPassword {
  readonly value: string
  readonly isShown: boolean
  readonly fault: string | null
  readonly setValue: (value: string) => void
  readonly setIsShown: (isShown: boolean) => void
  /** The password, or null after its fault was shown. */
  readonly read: () => string | null
}

/** A new password as it is being typed. */
export function useNewPassword(): NewPassword {
  const [value, setValue] = useState('')
  const [isShown, setIsShown] = useState(false)
  const [hasTried, setHasTried] = useState(false)
  const fault = findPasswordFault(value)
  return {
    value,
    isShown,
    fault: hasTried ? fault : null,
    setValue,
    setIsShown,
    read() {
      setIsShown(false)
      setHasTried(true)
      return fault === null ? value : null
    },
  }
}

interface NewPasswordFieldProps {
  readonly password: NewPassword
  /** Counts as a word that is tried first. */
  readonly username: string
  readonly label?: string
  readonly takesFocus?: boolean
}

/** A password to be set, with how strong it is and how to do better. */
export function NewPasswordField({ password, username, label, takesFocus = false }: NewPasswordFieldProps) {
  return (
    <>
      <PasswordField
        {...(label === undefined ? {} : { label })}
        value={password.value}
        onValue={password.setValue}
        isShown={password.isShown}
        onShown={password.setIsShown}
        purpose="new-password"
        hint={<PasswordHint password={password.value} />}
        fault={password.fault}
        takesFocus={takesFocus}
      />
      <StrengthMeter password={password.value} username={username} />
    </>
  )
}

function PasswordHint({ password }: { password: string }) {
  return (
    <>
      {PASSWORD_URGED} characters or more are best, for example a few unrelated words.
      {isHardToTypeElsewhere(password) && (
        <span class="field-note">
          {' '}
          It holds characters that are typed differently on other keyboards and devices. Be sure that you can
          type it wherever you want to sign in.
        </span>
      )}
    </>
  )
}

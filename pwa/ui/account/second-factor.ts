/** The second factor as people type it. */
import type { ChosenFactor } from '../../client/contract/account-security.ts'
import { parseOneTimeCode } from './credentials.ts'
import { parseRecoveryCode } from './recovery-code.ts'

export type FactorType = ChosenFactor['type']
export type TypedFactor = Exclude<ChosenFactor, { type: 'webauthn' }>

export const FACTOR_FAULTS = {
  totp: 'Type the six digits that your authenticator app shows.',
  recovery: 'A recovery code has 26 letters and digits. Check it against your list.',
} as const satisfies Record<TypedFactor['type'], string>

/** What a button says that changes to this factor. */
export const FACTOR_CHOICES: Readonly<Record<FactorType, string>> = {
  totp: 'Use a one-time code instead',
  webauthn: 'Use a passkey or security key',
  recovery: 'Use a recovery code instead',
}

/** Null if it cannot be a factor of that type; `FACTOR_FAULTS` says why. */
export function readSecondFactor(type: TypedFactor['type'], typed: string): TypedFactor | null {
  const value = type === 'totp' ? parseOneTimeCode(typed) : parseRecoveryCode(typed)
  return value === null ? null : { type, value }
}

/** The second factor as people type it. */
import type { SecondFactor } from '../../../server/wire/account.ts'
import { parseOneTimeCode } from './credentials.ts'
import { parseRecoveryCode } from './recovery-code.ts'

export type FactorType = SecondFactor['type']

export const FACTOR_FAULTS = {
  totp: 'Type the six digits that your authenticator app shows.',
  recovery: 'A recovery code has 26 letters and digits. Check it against your list.',
} as const satisfies Record<FactorType, string>

/** Null if it cannot be a factor of that type; `FACTOR_FAULTS` says why. */
export function readSecondFactor(type: FactorType, typed: string): SecondFactor | null {
  const value = type === 'totp' ? parseOneTimeCode(typed) : parseRecoveryCode(typed)
  return value === null ? null : { type, value }
}

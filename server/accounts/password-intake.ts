/** What may be a password: counted and normalised, never cut, trimmed or folded. */
import type { ErrorCode } from '../wire/errors.ts'

export const PASSWORD_LEAST_CODE_POINTS = 8
export const PASSWORD_MOST_CODE_POINTS = 128

export type PasswordIntake =
  | { readonly isAccepted: true; readonly password: string }
  | { readonly isAccepted: false; readonly code: ErrorCode }

/**
 * The NFKC form of a password, or the code of why it is none. Lone surrogates and unassigned code points are refused
 * because their normal form may change or collide (UAX 15, stabilized strings). Length is counted in code points, in both
 * forms, since normalising may shorten or lengthen.
 */
export function takePassword(text: string): PasswordIntake {
  if (!text.isWellFormed()) return { isAccepted: false, code: 'password_malformed' }
  if (/\p{Cn}/u.test(text)) return { isAccepted: false, code: 'password_unassigned_character' }
  const rawLength = countCodePoints(text)
  if (rawLength > PASSWORD_MOST_CODE_POINTS) return { isAccepted: false, code: 'password_too_long' }
  const password = text.normalize('NFKC')
  if (Math.min(rawLength, countCodePoints(password)) < PASSWORD_LEAST_CODE_POINTS)
    return { isAccepted: false, code: 'password_too_short' }
  return { isAccepted: true, password }
}

const countCodePoints = (text: string): number => Array.from(text).length

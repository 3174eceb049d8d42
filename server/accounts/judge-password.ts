/** Whether a password may be set: at registration, at a change and at a reset alike. */
import type { Deps } from '../deps.ts'
import type { BreachCheck } from './breached-passwords.ts'
import { isCommon } from './common-passwords.ts'
import { contextWords, isContextual } from './password-context.ts'
import { takePassword, type PasswordIntake } from './password-intake.ts'
import { isSequence } from './password-sequence.ts'

/**
 * The password in the form to hash, or the code of why it is refused: what cannot be stored, what is too short or too long,
 * and then what others would guess - each reason with its own code. When the breach list cannot be asked, the bundled list
 * of common passwords decides; every login asks again (see `isKnownBreached`).
 */
export async function judgePassword(
  { breaches, config }: Pick<Deps, 'breaches' | 'config'>,
  { username, password: text }: { username: string; password: string },
): Promise<PasswordIntake> {
  const intake = takePassword(text)
  if (!intake.isAccepted) return intake
  const { password } = intake
  if (isContextual(password, contextWords(username, config.publicOrigin)))
    return { isAccepted: false, code: 'password_contextual' }
  if (isSequence(password)) return { isAccepted: false, code: 'password_sequence' }
  if (isCommon(password)) return { isAccepted: false, code: 'password_common' }
  if (await isKnownBreached(breaches, text)) return { isAccepted: false, code: 'password_breached' }
  return intake
}

/** Whether a password is known from a breach, as it was typed or in its normal form; false when nobody could say. */
export const isKnownBreached = async (breaches: BreachCheck, text: string): Promise<boolean> =>
  (await breaches.isBreached([text, text.normalize('NFKC')])) === true

/** The text of a captcha's picture as people type it. */
import { CAPTCHA_LENGTH, type CaptchaAnswer } from '../../../server/wire/captcha.ts'

export const CAPTCHA_FAULTS = {
  picture: 'Type the six letters and digits of the picture. If you cannot read it, ask for another one.',
  work: 'This browser is still working. Wait until it says that it is done, then try again.',
} as const

/** Null if it cannot be the text of a picture. Spaces between the characters do not matter. */
export function readPictureText(typed: string): CaptchaAnswer | null {
  const text = typed.replace(/\s/g, '').toUpperCase()
  return text.length === CAPTCHA_LENGTH && /^[0-9A-Z]+$/.test(text) ? { type: 'picture', text } : null
}

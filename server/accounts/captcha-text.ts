/** The characters that a captcha asks for. */
import { createHmac } from 'node:crypto'
import type { RandomBytes } from '../random-id.ts'
import type { Secrets } from '../secrets.ts'
import { CAPTCHA_LENGTH } from '../wire/captcha.ts'
import { GLYPHS } from './captcha-glyphs.ts'

const ALPHABET = Object.keys(GLYPHS)
const BYTES_PER_CHARACTER = 4

/** Six characters by chance: one of 34 million texts. */
export function makeCaptchaText(randomBytes: RandomBytes): string {
  const bytes = Buffer.from(randomBytes(CAPTCHA_LENGTH * BYTES_PER_CHARACTER))
  return Array.from({ length: CAPTCHA_LENGTH }, (_, index) => {
    const drawn = bytes.readUInt32BE(index * BYTES_PER_CHARACTER)
    return ALPHABET[drawn % ALPHABET.length]
  }).join('')
}

/**
 * What is kept of the text of the pre-session `session`: a MAC, because so short a text could be found from a plain hash. Upper
 * and lower case are the same.
 */
export const tagCaptchaText = (
  text: string,
  session: Buffer,
  { lookupPepper }: Pick<Secrets, 'lookupPepper'>,
): Buffer =>
  createHmac('sha256', lookupPepper.current.bytes)
    .update('captcha ')
    .update(session)
    .update(text.toUpperCase())
    .digest()

/** Captchas: a picture to read, or work for the browser; one of the two answers it. */
import * as v from 'valibot'
import { binary, binaryOfAtLeast, timeMs } from './primitives.ts'

/** Characters in a picture; capital letters and digits, and small letters are taken as capital ones. */
export const CAPTCHA_LENGTH = 6
const PICTURE_MOST_BYTES = 64 * 1024

/** Parts of the work: many small ones take nearly the same time whenever they are done, one large one does not. */
export const CAPTCHA_WORK_PARTS = 16
export const CAPTCHA_WORK_BITS_MOST = 30

/**
 * For each part (0 to 15) a number is to be found, so that SHA-256 of the nonce, the part in one byte and the number in four bytes
 * (big-endian) begins with `bits` zero bits.
 */
export const captchaWork = v.strictObject({
  nonce: binary(32),
  bits: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(CAPTCHA_WORK_BITS_MOST)),
})
export type CaptchaWork = v.InferOutput<typeof captchaWork>

/** Belongs to the pre-session that asked, and is used up by one answer. */
export const captchaChallenge = v.strictObject({
  /** PNG. */
  picture: binaryOfAtLeast(1, PICTURE_MOST_BYTES),
  work: captchaWork,
  endsAt: timeMs,
})
export type CaptchaChallenge = v.InferOutput<typeof captchaChallenge>

const workNumber = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1))
export const captchaAnswer = v.variant('type', [
  v.strictObject({
    type: v.literal('picture'),
    text: v.pipe(v.string(), v.length(CAPTCHA_LENGTH), v.regex(/^[0-9A-Za-z]+$/)),
  }),
  v.strictObject({
    type: v.literal('work'),
    numbers: v.pipe(v.array(workNumber), v.length(CAPTCHA_WORK_PARTS)),
  }),
])
export type CaptchaAnswer = v.InferOutput<typeof captchaAnswer>

/** Answers captchas as the browser does that cannot show the picture: by work. */
import { findNumber } from '../../pwa/client/captcha/find-number.ts'
import { CAPTCHA_WORK_PARTS, type CaptchaAnswer, type CaptchaChallenge } from '../../server/wire/captcha.ts'

/** For servers of tests: registering costs a moment instead of a quarter of a minute. */
export const CHEAP_WORK = { CAPTCHA_WORK_BITS: '3' } as const

export function solveCaptcha({ work }: Pick<CaptchaChallenge, 'work'>): CaptchaAnswer {
  const nonce = Buffer.from(work.nonce, 'base64url')
  const numbers = Array.from({ length: CAPTCHA_WORK_PARTS }, (_, part) => findNumber(nonce, part, work.bits))
  return { type: 'work', numbers }
}

import { timingSafeEqual } from 'node:crypto'
import { tagCaptchaText } from '../accounts/captcha-text.ts'
import { isWorkDone } from '../accounts/captcha-work.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { CAPTCHA_MS } from '../session-limits.ts'
import { takeCaptcha } from '../stores/captchas.ts'
import type { CaptchaAnswer } from '../wire/captcha.ts'

/**
 * Uses the captcha of a pre-session up. Throws captcha_wrong, and captcha_missing when there is none: it is older than five
 * minutes, was answered before, or was given to another pre-session.
 */
export async function judgeCaptcha(
  { db, secrets, clock }: Pick<Deps, 'db' | 'secrets' | 'clock'>,
  { session, answer }: { session: Buffer; answer: CaptchaAnswer },
): Promise<void> {
  const captcha = await takeCaptcha(db, { session, since: clock() - CAPTCHA_MS })
  if (captcha === null) throw refuse('captcha_missing')
  const isRight =
    answer.type === 'work'
      ? isWorkDone(captcha, answer.numbers)
      : timingSafeEqual(captcha.textTag, tagCaptchaText(answer.text, session, secrets))
  if (!isRight) throw refuse('captcha_wrong')
}

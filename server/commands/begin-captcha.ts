import { drawCaptcha } from '../accounts/captcha-picture.ts'
import { makeCaptchaText, tagCaptchaText } from '../accounts/captcha-text.ts'
import { toBase64url } from '../bytes.ts'
import type { Deps } from '../deps.ts'
import { CAPTCHA_MS } from '../session-limits.ts'
import { putCaptcha } from '../stores/captchas.ts'
import type { CaptchaChallenge } from '../wire/captcha.ts'

const NONCE_BYTES = 32

/**
 * A captcha for the pre-session `session` (its key's hash), for one answer within five minutes; one that it was given before
 * is worth nothing from then on.
 */
export async function beginCaptcha(
  {
    db,
    config,
    secrets,
    clock,
    randomBytes,
  }: Pick<Deps, 'db' | 'config' | 'secrets' | 'clock' | 'randomBytes'>,
  { session }: { session: Buffer },
): Promise<CaptchaChallenge> {
  const text = makeCaptchaText(randomBytes)
  const nonce = Buffer.from(randomBytes(NONCE_BYTES))
  const bits = config.captchaWorkBits
  const begunAt = clock()
  await putCaptcha(db, session, { textTag: tagCaptchaText(text, session, secrets), nonce, bits, begunAt })
  return {
    picture: toBase64url(drawCaptcha(text, randomBytes)),
    work: { nonce: toBase64url(nonce), bits },
    endsAt: begunAt + CAPTCHA_MS,
  }
}

/** Captchas that wait for their answer: one for each pre-session, each answered once. */
import type { Queryable } from '../database.ts'

export interface CaptchaRow {
  /** MAC of the picture's text. */
  readonly textTag: Buffer
  /** 32 bytes. */
  readonly nonce: Buffer
  /** Zero bits that each part of the work has to begin with. */
  readonly bits: number
}

/** Takes the place of one that was begun before in the pre-session. */
export async function putCaptcha(
  db: Queryable,
  session: Buffer,
  { textTag, nonce, bits, begunAt }: CaptchaRow & { readonly begunAt: number },
): Promise<void> {
  await db('captchas')
    .insert({ session, text_tag: textTag, nonce, bits, begun_at: begunAt })
    .onConflict('session')
    .merge()
}

/** Uses the captcha of a pre-session up and gives it; null: there is none that was begun after `since`. */
export async function takeCaptcha(
  db: Queryable,
  { session, since }: { session: Buffer; since: number },
): Promise<CaptchaRow | null> {
  const fresh = db('captchas').where({ session }).where('begun_at', '>', since)
  const row = await fresh.clone().first<CaptchaRow | undefined>('nonce', 'bits', { textTag: 'text_tag' })
  if (!row) return null
  return (await fresh.where({ nonce: row.nonce }).delete()) === 1 ? row : null
}

/** Removes those that were begun at or before a time. */
export async function deleteOldCaptchas(db: Queryable, since: number): Promise<void> {
  await db('captchas').where('begun_at', '<=', since).delete()
}

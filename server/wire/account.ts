/** Enrolment, login, session and directory. */
import * as v from 'valibot'
import { captchaAnswer } from './captcha.ts'
import {
  accountId,
  binary,
  installId,
  iv,
  keySetId,
  publicKey,
  runToken,
  timeMs,
  username,
} from './primitives.ts'
import { webauthnProof } from './webauthn.ts'

/** Derived from the session's secret and sent in the body of every POST: the server's proof that our page wrote it. */
export const token = binary(32)
/** Lengths are the intake's business (they are counted in code points); this only bounds the parser. */
export const password = v.pipe(v.string(), v.maxLength(4096))
export const oneTimeCode = v.pipe(v.string(), v.regex(/^[0-9]{6}$/))
/** 26 characters of Crockford's base32, 130 bits; dashes and case are the page's business. */
export const recoveryCode = v.pipe(v.string(), v.regex(/^[0-9A-HJKMNP-TV-Z]{26}$/))

export const account = v.strictObject({ id: accountId, username })
export type Account = v.InferOutput<typeof account>

export const session = v.strictObject({
  /** Null: nobody is signed in here; the token then belongs to a pre-session, for enrolment and login only. */
  account: v.nullable(account),
  token,
  /** The server's clock. */
  now: timeMs,
  /** When the session ends unless the person acts before; null for a pre-session. */
  endsAt: v.nullable(timeMs),
  /** When it ends whatever the person does, unless the password is typed again; null for a pre-session. */
  endsAtLatest: v.nullable(timeMs),
  recoveryCodesLeft: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Until then every route but logging out and changing the password answers password_change_required. */
  mustChangePassword: v.boolean(),
})
export type Session = v.InferOutput<typeof session>

export const beginEnrolmentBody = v.strictObject({ token, username, password, captcha: captchaAnswer })
export const enrolmentSecret = v.strictObject({
  /** Base32, 160 bits. */
  secret: v.pipe(v.string(), v.regex(/^[A-Z2-7]{32}$/)),
  /** otpauth:// address for a QR code; it is drawn in the browser. */
  address: v.pipe(v.string(), v.startsWith('otpauth://totp/')),
  endsAt: timeMs,
})
export type EnrolmentSecret = v.InferOutput<typeof enrolmentSecret>
export const confirmEnrolmentBody = v.strictObject({ token, code: oneTimeCode })
export const recoveryCodes = v.strictObject({ codes: v.pipe(v.array(recoveryCode), v.length(10)) })
export const tokenBody = v.strictObject({ token })

export const secondFactor = v.variant('type', [
  v.strictObject({ type: v.literal('totp'), value: oneTimeCode }),
  v.strictObject({ type: v.literal('recovery'), value: recoveryCode }),
  v.strictObject({ type: v.literal('webauthn'), value: webauthnProof }),
])
export type SecondFactor = v.InferOutput<typeof secondFactor>
export const loginBody = v.strictObject({
  token,
  username,
  password,
  second: secondFactor,
  /** After captcha_required. */
  captcha: v.optional(captchaAnswer),
})
export const beginWebauthnLoginBody = v.strictObject({ token, username })
/** The password of who is signed in. */
export const reauthenticateBody = v.strictObject({ token, password })
/** `active`: the person did something since the last call; only that moves the idle limit. */
export const activityBody = v.strictObject({ token, active: v.literal(true) })

export const contactRecord = v.strictObject({
  id: accountId,
  username,
  /** Null until that account's first browser has published one. */
  identity: v.nullable(publicKey),
})
export type ContactRecord = v.InferOutput<typeof contactRecord>

export const ownIdentity = v.strictObject({
  identity: v.nullable(publicKey),
  publishedAt: v.nullable(timeMs),
})
export type OwnIdentity = v.InferOutput<typeof ownIdentity>
/** Compare and swap: refused with identity_conflict unless `replaces` is what the server holds. */
export const publishIdentityBody = v.strictObject({
  token,
  identity: publicKey,
  replaces: v.nullable(publicKey),
})

/**
 * Once per run of an install: swaps its run token and returns the marks. `previous` holds every token whose swap this
 * install has not seen answered, newest last.
 */
export const beginRunBody = v.strictObject({
  token,
  install: installId,
  previous: v.pipe(v.array(runToken), v.maxLength(16)),
  next: runToken,
})
export const mark = v.strictObject({ contact: accountId, keys: keySetId, IV: iv })
export type Mark = v.InferOutput<typeof mark>
export const runRecord = v.strictObject({
  /** The last token swapped in was among `previous`, or the install is new and sent none. */
  isKnown: v.boolean(),
  /** This account's highest IV under its newest key set, one for each conversation. */
  marks: v.array(mark),
})
export type RunRecord = v.InferOutput<typeof runRecord>

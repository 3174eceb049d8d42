/** The account page: sessions, authenticators, changes to them, and what was done. */
import * as v from 'valibot'
import { enrolmentSecret, oneTimeCode, password, recoveryCode, secondFactor, token } from './account.ts'
import { accountId, authenticatorName, timeMs, username } from './primitives.ts'
import { newWebauthnKey } from './webauthn.ts'

const sessionId = accountId
const address = v.pipe(v.string(), v.maxLength(45))
/** In plain words: "Firefox on Windows". */
const browser = v.pipe(v.string(), v.maxLength(300))

export const stepUpBody = v.strictObject({ token, password, second: secondFactor })

export const sessionRecord = v.strictObject({
  id: sessionId,
  browser,
  address,
  begunAt: timeMs,
  /** The last sign of the person. */
  lastActiveAt: timeMs,
  /** The session that asks. */
  isThis: v.boolean(),
})
export type SessionRecord = v.InferOutput<typeof sessionRecord>
/** The last active one first. */
export const sessionList = v.strictObject({ sessions: v.array(sessionRecord) })

/** An account may have so many authenticator apps at a time. */
export const TOTP_MOST = 3
/** An authenticator app, beside what every authenticator has. */
const totpApp = v.strictObject({
  id: accountId,
  /** Null for the app of the enrolment. */
  name: v.nullable(authenticatorName),
})

/** A passkey or security key, beside what every authenticator has. */
const webauthnKey = v.strictObject({
  id: accountId,
  name: authenticatorName,
  /** It may be on several devices: a passkey of an account at Apple, Google or a password manager. */
  isSynced: v.boolean(),
  /** Null before its first use. */
  lastUsedAt: v.nullable(timeMs),
})

export const authenticator = v.strictObject({
  type: v.picklist(['password', 'totp', 'webauthn', 'recovery-codes']),
  boundAt: timeMs,
  /** Null for what is not revoked. */
  revokedAt: v.nullable(timeMs),
  /** Since when it does not sign in because it was reported as lost; null for what was not, and for what cannot be. */
  suspendedAt: v.nullable(timeMs),
  /** Codes not used up; null for what has none, and for what is revoked. */
  codesLeft: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Null for all but authenticator apps. */
  app: v.nullable(totpApp),
  /** Null for all but passkeys and security keys. */
  key: v.nullable(webauthnKey),
})
export type Authenticator = v.InferOutput<typeof authenticator>
/** Those in use first, then the revoked, newest first. */
export const authenticatorList = v.strictObject({ authenticators: v.array(authenticator) })

export const changePasswordBody = v.strictObject({ token, password })
/** `endsAt`: until then one code of the new secret is to be proved. */
export const newTotp = enrolmentSecret
export const confirmTotpBody = v.strictObject({
  token,
  name: v.nullable(authenticatorName),
  code: oneTimeCode,
  /** The app that is revoked in the same moment; null where the new one is added beside the others. */
  replaces: v.nullable(accountId),
})
export const confirmWebauthnBody = v.strictObject({ token, name: authenticatorName, key: newWebauthnKey })
/** Both physical authenticators in the place of the password. */
export const recoverPasswordBody = v.strictObject({
  token,
  username,
  password,
  code: oneTimeCode,
  recoveryCode,
})
/** The password alone: one factor is enough to report that others were lost. */
export const reportLossBody = v.strictObject({ token, username, password })
/** `username`: typed once more, so that nothing else is deleted by mistake. */
export const deleteAccountBody = v.strictObject({ token, username })

export const securityEventKind = v.picklist([
  'registered',
  'signed-in',
  'signed-in-by-recovery-code',
  'sign-in-failed',
  'confirmation-failed',
  'password-changed',
  'password-recovered',
  'totp-added',
  'totp-replaced',
  'totp-removed',
  'webauthn-added',
  'webauthn-removed',
  'authenticator-suspended',
  'authenticator-reactivated',
  'loss-reported',
  'recovery-codes-made',
  'session-ended',
  'other-sessions-ended',
  'sessions-ended-by-operator',
  'account-locked',
  'account-unlocked',
])
export type SecurityEventKind = v.InferOutput<typeof securityEventKind>

export const SECURITY_EVENTS_MOST = 50
export const securityEvent = v.strictObject({
  id: accountId,
  at: timeMs,
  kind: securityEventKind,
  browser,
  address,
  /** It was done in the session that asks. */
  isThis: v.boolean(),
})
export type SecurityEvent = v.InferOutput<typeof securityEvent>
/** The newest first. */
export const securityEventList = v.strictObject({
  events: v.pipe(v.array(securityEvent), v.maxLength(SECURITY_EVENTS_MOST)),
})

/** Sessions, authenticators and security events in plain words. */
import type { Authenticator, SecurityEvent, SecurityEventKind } from '../../../server/wire/security.ts'
import { describeDateShortly, describeMoment, describeTime, isSameDay } from '../timeline/days.ts'

const EVENT_WORDS: Readonly<Record<SecurityEventKind, string>> = {
  registered: 'Account created',
  'signed-in': 'Signed in',
  'signed-in-by-recovery-code': 'Signed in with a recovery code',
  'sign-in-failed': 'An attempt to sign in failed',
  'confirmation-failed': 'A confirmation of password or second factor failed',
  'password-changed': 'Password changed',
  'password-recovered': 'Password replaced by one-time code and recovery code',
  'totp-added': 'Authenticator app added',
  'totp-replaced': 'Authenticator app replaced',
  'totp-removed': 'Authenticator app removed',
  'webauthn-added': 'Passkey or security key added',
  'webauthn-removed': 'Passkey or security key removed',
  'authenticator-suspended': 'Lost app or key suspended',
  'authenticator-reactivated': 'App or key that was found again is in use',
  'loss-reported': 'Loss reported by password, all apps and keys suspended',
  'recovery-codes-made': 'New recovery codes made',
  'session-ended': 'A session was ended',
  'other-sessions-ended': 'All other sessions were ended',
  'sessions-ended-by-operator': 'All sessions were ended by the operator of this server',
  'account-locked': 'Account locked by the operator of this server',
  'account-unlocked': 'Account unlocked by the operator of this server',
}

/** What was done, without a full stop. */
export const describeEvent = ({ kind }: SecurityEvent): string => EVENT_WORDS[kind]

/** "Firefox on Windows, 192.0.2.7": from where something was done. */
export const describePlace = ({ browser, address }: { browser: string; address: string }): string =>
  `${browser}, ${address}`

/** "at 10:32", "Yesterday at 10:32", "3 Mar at 10:32". */
export function describeWhen(at: number, now: number): string {
  return isSameDay(at, now) ? `at ${describeTime(at)}` : `${describeMoment(at, now)} at ${describeTime(at)}`
}

export const AUTHENTICATOR_WORDS: Readonly<Record<Authenticator['type'], string>> = {
  password: 'Password',
  totp: 'Authenticator app',
  webauthn: 'Passkey or security key',
  'recovery-codes': 'Recovery codes',
}

/** The name that the person gave it, or what it is. */
export const nameFactor = ({ type, app, key }: Authenticator): string =>
  key?.name ?? app?.name ?? AUTHENTICATOR_WORDS[type]

/** From here on the person is asked to make new ones. */
const FEW_CODES = 3

/** How many recovery codes are left, and what to do about it. */
export function describeCodesLeft(left: number): string {
  if (left === 0) return 'None left. Make new ones: without them, a lost app locks you out.'
  const count = left === 1 ? 'One left' : `${left} left`
  return left <= FEW_CODES ? `${count}. Make new ones before you run out.` : `${count}.`
}

/** The line below an authenticator: since when, until when, and how it stands. */
export function describeFactor({
  type,
  boundAt,
  revokedAt,
  suspendedAt,
  codesLeft,
  app,
  key,
}: Authenticator): string {
  const bound = describeDateShortly(boundAt)
  const isNamed = key !== null || (app !== null && app.name !== null)
  const kind = isNamed ? `${AUTHENTICATOR_WORDS[type]}. ` : ''
  if (revokedAt !== null) return `${kind}Added ${bound}, revoked ${describeDateShortly(revokedAt)}.`
  const since = `${type === 'password' ? 'Set' : 'Added'} ${bound}.`
  if (suspendedAt !== null)
    return `${kind}${since} Signs in no more since ${describeDateShortly(suspendedAt)}.`
  if (key !== null) return `${kind}${since} ${describeLastUse(key.lastUsedAt)}`
  return codesLeft === null ? `${kind}${since}` : `${describeCodesLeft(codesLeft)} ${since}`
}

const describeLastUse = (at: number | null): string =>
  at === null ? 'Not used yet.' : `Last used ${describeDateShortly(at)}.`

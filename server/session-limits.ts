/** When a session ends. The server's clock decides; the cookie's Max-Age only tells the browser. */
import type { Config } from './config.ts'
import type { SessionEnds, SessionRow } from './stores/sessions.ts'

/** Time to register or sign in before the page must ask for a new token; never longer, whatever is done. */
export const PRE_SESSION_MS = 15 * 60 * 1000
/** Time from the first step of an enrolment to its last. */
export const ENROLMENT_MS = 15 * 60 * 1000
/** A browser is known to an account for so long after a login there. */
export const DEVICE_MS = 180 * 24 * 60 * 60_000
/** Time to answer a challenge with a passkey or security key. */
export const WEBAUTHN_MS = 5 * 60 * 1000
/** Time to answer a captcha. */
export const CAPTCHA_MS = 5 * 60 * 1000
/** How long after both factors were proved a session may change them. */
export const STEP_UP_MS = 5 * 60 * 1000

type Limits = Pick<Config, 'sessionIdleMs' | 'sessionAbsoluteMs'>

/** The first millisecond at which the session is over, unless it is active before. */
export function sessionEndsAt(row: SessionRow, limits: Limits): number {
  if (row.account === null) return row.authenticatedAt + PRE_SESSION_MS
  return Math.min(row.lastActiveAt + limits.sessionIdleMs, sessionEndsAtLatest(row, limits))
}

/** The first millisecond at which a login's session is over whatever the person does. */
export const sessionEndsAtLatest = (row: SessionRow, { sessionAbsoluteMs }: Limits): number =>
  row.authenticatedAt + sessionAbsoluteMs

export const hasEnded = (row: SessionRow, limits: Limits, now: number): boolean =>
  now >= sessionEndsAt(row, limits)

/** Whether both factors were proved in this session a short while ago. */
export const isSteppedUp = ({ steppedUpAt }: SessionRow, now: number): boolean =>
  steppedUpAt !== null && now < steppedUpAt + STEP_UP_MS

/** The same limits, as times in the past for a query. */
export const sessionEnds = (limits: Limits, now: number): SessionEnds => ({
  idleSince: now - limits.sessionIdleMs,
  absoluteSince: now - limits.sessionAbsoluteMs,
  preSessionSince: now - PRE_SESSION_MS,
})

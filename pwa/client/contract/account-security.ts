/** Commands of the account page, and what signing in asks for. */
import type { EnrolmentSecret, SecondFactor } from '../../../server/wire/account.ts'
import type { CaptchaWork } from '../../../server/wire/captcha.ts'
import type { Authenticator, SecurityEvent, SessionRecord } from '../../../server/wire/security.ts'
import type { Live } from './live.ts'

/** What other sessions did to the account. */
export interface SecurityNews {
  /** Time of the newest event heard of, by the server's clock: the account page reads again when it changes. */
  readonly newestAt: number
  /** The newest that another session did and the person has not read. */
  readonly notice: SecurityEvent | null
}

/** The second factor as the screens know it: a code that was typed, or a key that the browser is to ask for. */
export type ChosenFactor = Exclude<SecondFactor, { type: 'webauthn' }> | { readonly type: 'webauthn' }

/** An authenticator app that is about to be bound. */
export interface NewApp {
  /** Six digits that it shows. */
  readonly code: string
  /** What the person calls it. */
  readonly name: string | null
  /** Id of the app whose place it takes; null where it comes beside the others. */
  readonly replaces: number | null
}

/** What somebody who forgot the password still has. */
export interface PasswordRecovery {
  readonly username: string
  /** The new one. */
  readonly password: string
  /** Six digits from the authenticator app. */
  readonly code: string
  readonly recoveryCode: string
}

/**
 * The account page. Whatever changes how the account is signed in to is refused with `step_up_required` unless `stepUp` was
 * called within five minutes, and ends all other sessions.
 */
export interface AccountSecurity {
  readonly news: Live<SecurityNews>
  dismissNotice(): Promise<void>
  /** The last active one first. */
  sessions(): Promise<readonly SessionRecord[]>
  /** Those in use first. */
  authenticators(): Promise<readonly Authenticator[]>
  /** The newest first. */
  events(): Promise<readonly SecurityEvent[]>
  /** Both factors once more. */
  stepUp(password: string, second: ChosenFactor): Promise<void>
  endOtherSession(session: number): Promise<void>
  endOtherSessions(): Promise<void>
  changePassword(password: string): Promise<void>
  /** Ten new codes, shown once; the list before is worth nothing from then on. */
  makeRecoveryCodes(): Promise<readonly string[]>
  /** The secret for a new authenticator app; nothing changes until `confirmApp`. */
  beginApp(): Promise<EnrolmentSecret>
  /** Proves a code of the new app, which is added, or takes the place of the app `replaces`. */
  confirmApp(app: NewApp): Promise<void>
  removeApp(app: number): Promise<void>
  /** Has the browser make a passkey, or ask for a security key, and binds it under a name. */
  addKey(name: string): Promise<void>
  removeKey(key: number): Promise<void>
  /** An app or key was lost: it signs in no more until it is taken back. */
  suspend(authenticator: number): Promise<void>
  reactivate(authenticator: number): Promise<void>
  /** For somebody who is signed in nowhere: suspends all apps and keys if this is the password. Does not tell whether it is. */
  reportLoss(report: { readonly username: string; readonly password: string }): Promise<void>
  /** For somebody who is signed out: sets a new password and ends all sessions. Signs nobody in. */
  recoverPassword(recovery: PasswordRecovery): Promise<void>
  /** Deletes the account and signs out. What is on this device stays. */
  deleteAccount(username: string): Promise<void>
}

/** A picture whose text answers it, or work that does. */
export interface Captcha {
  /** PNG. */
  readonly picture: Blob
  readonly work: CaptchaWork
}

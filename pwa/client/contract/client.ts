/**
 * The door of the headless client: all that the screens know. Views are live (they tell again when something changed, in
 * this tab, another one or the worker); commands are promises that end in a value or throw a `ClientError`.
 */
import type { Account, EnrolmentSecret } from '../../../server/wire/account.ts'
import type { CaptchaAnswer } from '../../../server/wire/captcha.ts'
import type { WorkOptions } from '../captcha/work-solver.ts'
import type { AccountSecurity, Captcha, ChosenFactor } from './account-security.ts'
import type { ConversationSummary, ConversationView, SafetyNumber, Timeline } from './conversation.ts'
import type { CryptoLogRow, KeySetSummary } from './crypto-log.ts'
import type { HistorySharing } from './history-sharing.ts'
import type { KeyBackup } from './key-backup.ts'
import type { Live } from './live.ts'
import type { WaitingConversation } from './outbox.ts'
import type { SessionWarning, Status } from './status.ts'
import type { StorageCare } from './storage-care.ts'

export interface Client {
  readonly status: Live<Status>
  readonly conversations: Live<readonly ConversationSummary[]>
  /** Null when there is no such conversation. */
  conversation(contact: number): Live<ConversationView | null>
  /** The newest `limit` items; ask again with a higher limit for older ones. */
  timeline(contact: number, limit: number): Live<Timeline>

  /** A captcha for `beginEnrolment` or `logIn`: for one try, and the one before is worth nothing from then on. */
  beginCaptcha(): Promise<Captcha>
  /** Answers a captcha by work in the background instead of its picture; `signal` ends that with an AbortError. */
  solveCaptcha(captcha: Captcha, options: WorkOptions): Promise<CaptchaAnswer>
  /** Name and password; the answer holds the secret for the authenticator app. */
  beginEnrolment(username: string, password: string, captcha: CaptchaAnswer): Promise<EnrolmentSecret>
  /** One code from the authenticator app; the answer is ten recovery codes, shown once. */
  confirmEnrolment(code: string): Promise<readonly string[]>
  /** The codes are saved: activates the account and signs in. */
  activateEnrolment(): Promise<void>
  /** Null for the captcha until the server asks for one. */
  logIn(
    username: string,
    password: string,
    second: ChosenFactor,
    captcha: CaptchaAnswer | null,
  ): Promise<void>
  /** Null while no end is near. */
  readonly sessionWarning: Live<SessionWarning | null>
  /** The password again: the session's 12 hours begin anew. */
  reauthenticate(password: string): Promise<void>
  /** Ends the server's session; keys and history stay for the next sign-in. */
  logOut(): Promise<void>
  /**
   * Ends the session and takes keys, history and outbox of the account out of this browser, in all its tabs; with the last
   * account everything of the site. Without the server it erases all the same.
   */
  eraseBrowser(): Promise<void>

  readonly security: AccountSecurity
  readonly backup: KeyBackup
  readonly storage: StorageCare

  /** Finds an account by its exact username and opens a conversation. Null when there is none. */
  startConversation(username: string): Promise<Account | null>
  /** Keeps the message on this device, then seals and sends it as soon as that is possible. */
  sendMessage(contact: number, text: string): Promise<void>
  /** What was typed in a conversation and not sent, also before a crash; empty for nothing. */
  readDraft(contact: number): Promise<string>
  /** What stands in the field now. Kept on this device a moment later, and gone with the message when it is sent. */
  noteDraft(contact: number, text: string): void
  /** Keeps at once what was noted. False: the page holds typed text that is kept nowhere else. */
  keepDrafts(): Promise<boolean>
  /** Derives new keys for the conversation; `no_keys_yet` without a key set. */
  refreshKeys(contact: number): Promise<void>
  /** The person saw that the security code changed: sends what was held. */
  sendHeld(contact: number): Promise<void>
  /** Goes on here with a conversation that another browser of this account has taken over. Needs the server. */
  takeBack(contact: number): Promise<void>
  /** Conversations with something that has not arrived at the server. */
  readonly outbox: Live<readonly WaitingConversation[]>
  /** Sends again now what is parked in a conversation, and what else waits. */
  retryParked(contact: number): Promise<void>
  /** Takes a message back that has not left this device; `message_on_its_way` when it may have. */
  withdrawMessage(message: string): Promise<void>
  /** The same, and its text comes before what is typed in its conversation, in one step. `readDraft` gives it. */
  editMessage(message: string): Promise<void>
  /** All up to the newest item has been seen. */
  markRead(contact: number): Promise<void>

  /** What cannot be read here for want of keys, and what the contact asks of us; both null where there is no such thing. */
  sharing(contact: number): Live<HistorySharing>
  /** Asks the contact to share again what cannot be read here; not more often than once an hour. */
  askForHistory(contact: number): Promise<void>
  /** No more word about what cannot be read so far. */
  dismissAsking(contact: number): Promise<void>
  /** Agrees to the question that was shown. The history is sent in the background, sealed like messages. */
  shareHistory(contact: number, ask: string): Promise<void>
  /** "Not now": nothing is sent, and the contact is told nothing. */
  declineAsk(contact: number, ask: string): Promise<void>
  /** Shares no more of it. */
  stopSharing(contact: number): Promise<void>

  /** Null while the identity key of one side is not known here. Takes about a second to tell its first number. */
  safetyNumber(contact: number): Live<SafetyNumber | null>
  /** The person compared `shown`; what was held is sent. `safety_number_changed` when it is no longer the number. */
  markVerified(contact: number, shown: SafetyNumber): Promise<void>
  unmarkVerified(contact: number): Promise<void>

  /** The newest operations of this page, oldest first. */
  readonly cryptoLog: Live<readonly CryptoLogRow[]>
  readonly isCryptoLogOn: Live<boolean>
  /** Turns the log on or off in this browser: in the console and in `cryptoLog`, which is emptied. */
  setCryptoLog(isOn: boolean): Promise<void>
  /** Those in use first. */
  readonly keySets: Live<readonly KeySetSummary[]>

  /** After the keys were cleared while this page still holds them. */
  putKeysBack(): Promise<void>
  /** After the keys were cleared: makes a new identity and goes on; older entries stay unreadable. */
  goOnWithoutKeys(): Promise<void>
  /** The person has seen that the history was cleared while the keys are here. */
  acceptLoss(): Promise<void>
  /** Tries now what waits for the network. */
  retry(): void
  /** The person did something: keeps the session from idling out. Throttled inside. */
  reportActivity(): void
}

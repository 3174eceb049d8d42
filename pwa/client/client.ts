/**
 * The door of the headless client: all that the screens know. Views are live (they tell again when something changed, in
 * this tab, another one or the worker); commands are promises that end in a value or throw a `ClientError`.
 */
import type { Account, EnrolmentSecret, SecondFactor } from '../../server/wire/account.ts'
import type { CaptchaAnswer, CaptchaWork } from '../../server/wire/captcha.ts'
import type { Authenticator, SecurityEvent, SessionRecord } from '../../server/wire/security.ts'
import type { CryptoRecord } from '../protocol/crypto-log.ts'
import type { WorkOptions } from './captcha/work-solver.ts'

/** A value that changes. `subscribe` tells the present value soon, then each new one; it returns the way to stop. */
export interface Live<T> {
  subscribe(listener: (value: T) => void): () => void
}

/** What a browser, or a window of it, may not have. `tabs`: Web Locks or BroadcastChannel. `worker`: the service worker. */
export type Lack = 'encryption' | 'key-storage' | 'database' | 'tabs' | 'worker'

/** Who am I, in the states that the screens tell apart. */
export type Who =
  | { readonly state: 'starting' }
  /** Nobody is signed in on this browser: show the sign-in screen. `lastUsername` fills the field. */
  | { readonly state: 'signed-out'; readonly lastUsername: string | null; readonly erasure: Erasure | null }
  | { readonly state: 'signed-in'; readonly account: Account }
  /** The server's session is over: reading and writing go on, the outbox waits for a sign-in. */
  | { readonly state: 'expired'; readonly account: Account }
  /** The server cannot be reached and we do not know whether the session goes on. */
  | { readonly state: 'unreachable'; readonly account: Account }

/** What came of erasing this browser just now. */
export interface Erasure {
  readonly username: string
  /** Another window still holds the messages: they go when it closes. */
  readonly isHeldOpen: boolean
  /** The server heard of it; if not, its session goes on. */
  readonly isSessionOver: boolean
  /** Until when that session goes on, in milliseconds by this device's clock; null: not known here. */
  readonly sessionEndsAt: number | null
}

export type Connection = 'connected' | 'connecting' | 'offline'

/** What became of the keys in this browser. */
export type Keys =
  | { readonly state: 'unknown' }
  | { readonly state: 'present' }
  /** Cleared by somebody. `canPutBack`: this page still holds them in memory. */
  | { readonly state: 'gone'; readonly canPutBack: boolean }
  /** The browser refuses to store more. */
  | { readonly state: 'storage-full' }

/**
 * What this browser lost of the account, until the person has dealt with it. `history`: messages, outbox and drafts, while the
 * keys are here. `everything`: neither is here nor anything that remembers them, as where the account has never been.
 */
export type Loss = 'none' | 'keys' | 'history' | 'keys-and-history' | 'everything'

/** The session is about to end. */
export interface SessionWarning {
  /**
   * `idle`: nothing happened here for long, and any sign of the person keeps it. `first` and `last`: an hour and five minutes
   * before its latest end, which only the password moves.
   */
  readonly kind: 'idle' | 'first' | 'last'
  /** When it ends, in milliseconds by this machine's clock. */
  readonly endsAt: number
}

/**
 * What the browser does with the account's database. `stuck`: it does not open, mostly because another window has it open in an
 * older version. `unusable`: it refused. `full`: it takes nothing more.
 */
export type Storage = 'ready' | 'stuck' | 'unusable' | 'full'

export interface Status {
  readonly who: Who
  readonly storage: Storage
  readonly connection: Connection
  readonly keys: Keys
  readonly loss: Loss
  /** Messages not yet acknowledged by the server. */
  readonly outboxCount: number
  /** Somebody else may know the password: the server does nothing more for this account until it is changed. */
  readonly mustChangePassword: boolean
}

export interface ConversationSummary {
  readonly contact: Account
  readonly isContactOnline: boolean
  readonly unreadCount: number
  /** The newest message, or what else the timeline holds; null for an empty one. */
  readonly last: TimelineItem | null
}

export interface ConversationView {
  readonly contact: Account
  readonly isContactOnline: boolean
  /** `ready`: messages can be sealed. `waiting`: no keys in common yet, what is written waits on this device. */
  readonly keys: 'ready' | 'waiting'
  /** Epoch of the key set in use, counted from 1; null without one. */
  readonly epoch: number | null
  /** Another browser of this account has taken the conversation over: what is written here waits until `takeBack`. */
  readonly isMovedAway: boolean
  /** Waiting messages held because the contact's security code changed: one tap sends them. */
  readonly heldCount: number
  /** The person compared the safety number and marked the contact as verified. */
  readonly isVerified: boolean
  /** A verified contact's security code changed: nothing is sent, what is typed now included, until `sendHeld`. */
  readonly isSendingHeld: boolean
  /** Why nothing leaves until the person decides; null if nothing is parked. */
  readonly parked: ParkReason | null
}

/** Messages here that have no keys, and what became of asking the contact for them. */
export interface OwnAsking {
  /**
   * `offer`: there are such messages, and the contact was not asked. `asked`: nothing has come yet. `coming`, `done`: what the
   * contact's browser said last.
   */
  readonly state: 'offer' | 'asked' | 'coming' | 'done'
  /** The person wants no word of it. */
  readonly isDismissed: boolean
  /** When the contact may be asked anew, in milliseconds by this device's clock; null: at once. */
  readonly againAt: number | null
  /** Messages taken, of those that the contact shares. */
  readonly taken: number
  readonly total: number
  /** What was asked for and cannot be read here, and pieces that contradict what this browser knows. */
  readonly missing: number
  readonly refused: number
}

/** What the contact asks of us: for the person to decide, or agreed to and on its way. `ask` is the entry id of the question. */
export type ContactAsking =
  | {
      readonly state: 'asked'
      readonly ask: string
      /** The contact's key is another one than the history was exchanged with. */
      readonly isCodeChanged: boolean
      readonly isVerified: boolean
      /** Messages that would be shared, and of what time, by the server's clock; null for none. */
      readonly ownCount: number
      readonly contactCount: number
      readonly firstAt: number | null
      readonly lastAt: number | null
    }
  /** Messages that are in batches, and in all. */
  | { readonly state: 'sharing'; readonly ask: string; readonly sent: number; readonly total: number }

/** Sharing the history of a conversation again, in both directions. */
export interface HistorySharing {
  readonly own: OwnAsking | null
  readonly contact: ContactAsking | null
}

/** What two people compare to know that nobody stands between them. */
export interface SafetyNumber {
  readonly contactName: string
  /** Twelve groups of five digits; both sides have the same. */
  readonly groups: readonly string[]
  /** The 60 digits, as the QR code has them. */
  readonly qrText: string
  readonly isVerified: boolean
  /** Public identity keys that the number stands for, base64url. */
  readonly ownIdentity: string
  readonly contactIdentity: string
}

/** One operation in the crypto log. It holds keys and plaintext on purpose, and never leaves the device. */
export interface CryptoLogRow extends CryptoRecord {
  /** Counted from 1 since this page was opened. */
  readonly number: number
  /** Milliseconds, by this device's clock. */
  readonly at: number
}

/** A key set that this browser sealed under, and how far its counters have come. */
export interface KeySetSummary {
  readonly contact: Account
  /** Key set id, base64url. */
  readonly keys: string
  /** Null for one that is no longer in use. */
  readonly epoch: number | null
  readonly isCurrent: boolean
  /** IV of the last own envelope, decimal; 0 before the first. */
  readonly lastIv: string
  /** IV of the contact's last message under it, decimal; null when that was under other keys. */
  readonly lastContactIv: string | null
  /** Own messages under it. */
  readonly messageCount: number
}

/** Why the server takes a message in no form: it or its like would be refused for ever. */
export type ParkReason = 'too_large' | 'contact_gone' | 'id_taken' | 'refused'

export interface WaitingMessage {
  readonly id: string
  readonly text: string
  /** Milliseconds, by this device's clock. */
  readonly at: number
  /**
   * `keys`: there are none in common yet. `held`: the contact's security code changed. `queued`: next for the network.
   * `behind`: a parked one stands before it. `sending`: on its way. `checking`: it was sent and the answer was lost, so it
   * may have arrived. `parked`: refused for good.
   */
  readonly state: 'keys' | 'held' | 'queued' | 'behind' | 'sending' | 'checking' | 'parked'
  /** It has not left this device, so it can be changed or taken back. */
  readonly canWithdraw: boolean
}

/** What waits in one conversation. */
export interface WaitingConversation {
  readonly contact: Account
  /** Why nothing leaves until the person decides; null if nothing is parked. */
  readonly parked: ParkReason | null
  /** Oldest first; empty only when something parked is no message. */
  readonly messages: readonly WaitingMessage[]
}

export type MessageState = 'waiting' | 'queued' | 'sent' | 'delivered' | 'failed'

export type NoticeKind =
  | 'keys-exchanged'
  | 'keys-changed'
  | 'security-code-changed'
  | 'keys-lost-here'
  | 'exchange-failed'
  /** Another browser of this account has the keys of this exchange, or this one had them before they were lost. */
  | 'keys-elsewhere'
  /** The contact's message numbers have a gap: some never reached the log. */
  | 'messages-missing'
  /** The contact saw another log than this one. */
  | 'log-differs'
  /** The contact's browser counts from an earlier place than it had reached. */
  | 'contact-went-back'
  /** Somebody else writes with the keys of this browser. */
  | 'copied-browser'
  /** The contact asks to have the history of the conversation shared again. */
  | 'history-asked'
  | 'history-asked-here'
  /** The person shared it. */
  | 'history-shared-here'

export type TimelineItem =
  | {
      readonly kind: 'message'
      readonly id: string
      readonly isMine: boolean
      readonly text: string
      /** Milliseconds: the writer's clock for own messages on their way, the server's once accepted. */
      readonly at: number
      /** Null for the contact's messages. */
      readonly state: MessageState | null
      /** The keys of this message are gone from this browser; the text is its saved copy. */
      readonly isKeyGone: boolean
      /** An own message that was not written in this browser. */
      readonly isFromElsewhere: boolean
      /** The contact shared it again: its text is the contact's word, whoever wrote it. */
      readonly isShared: boolean
    }
  | {
      readonly kind: 'unreadable'
      readonly id: string
      readonly isMine: boolean
      readonly at: number
      /** Plain words live in the screens; this is the reason's code. */
      readonly reason: string
    }
  | {
      readonly kind: 'notice'
      readonly id: string
      readonly at: number
      readonly notice: NoticeKind
      readonly isMine: boolean
    }

export interface Timeline {
  /** Oldest first. */
  readonly items: readonly TimelineItem[]
  readonly hasOlder: boolean
}

export type ClientErrorCode =
  /** The server was not reached; nothing is lost, try again. */
  | 'unreachable'
  /** The server's refusal, word for word (see server/wire/errors.ts). */
  | 'refused'
  | 'message_too_long'
  | 'message_empty'
  /** It has left this device, or may have. */
  | 'message_on_its_way'
  | 'no_keys_yet'
  | 'keys_gone'
  /** Another identity key was shown since: compare again. */
  | 'safety_number_changed'
  /** The person did not confirm that it is them; nothing was changed. */
  | 'step_up_declined'
  /** The person closed the browser's question for a key, or had none that was asked for: the browser tells no more. */
  | 'key_declined'
  /** Nobody answered that question in time. */
  | 'key_timed_out'
  /** This browser has no passkeys and security keys, or not at this address. */
  | 'key_unsupported'
  /** That key is on the account already. */
  | 'key_known'
  /** The key, or what keeps it, failed. */
  | 'key_failed'
  /** This browser could not do a captcha's work. */
  | 'work_failed'
  | 'storage_failed'
  /** The server keeps no key backup, or none was begun here. */
  | 'backup_missing'
  /** What was typed is no backup code: a character is wrong or missing. */
  | 'backup_code_mistyped'
  | 'backup_other_account'
  | 'backup_not_a_backup'
  | 'backup_truncated'
  | 'backup_damaged'
  | 'backup_too_old'
  | 'backup_too_new'
  /** Neither the code nor the passphrase of this backup. */
  | 'backup_wrong_secret'
  /** This browser could not do Argon2id: no worker started, or its memory did not suffice. */
  | 'stretch_failed'

export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** The server's code when `code` is `refused`. */
  readonly serverCode: string | null

  /** How long the server asked to wait before the next try. */
  readonly retryAfterMs: number | null

  constructor(
    code: ClientErrorCode,
    serverCode: string | null = null,
    options: ErrorOptions & { retryAfterMs?: number | null } = {},
  ) {
    super(serverCode ? `${code}: ${serverCode}` : code, options)
    this.code = code
    this.serverCode = serverCode
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

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

/** What is known of this browser's key backups. */
export interface BackupState {
  /** What opens them; null: none are made. */
  readonly lock: 'code' | 'passphrase' | null
  readonly isOnServer: boolean
  /** When the last file was made, by this device's clock; null: never. */
  readonly fileAt: number | null
  /** When the server last stored one, by its clock; null: not yet. */
  readonly serverAt: number | null
  /** Keys changed since the last file was made. */
  readonly isFileOld: boolean
  /** Another browser stored a backup with another code: this one is no longer renewed. */
  readonly isReplaced: boolean
}

export type BackupSource = { readonly kind: 'server' } | { readonly kind: 'file'; readonly text: string }

/** Entries of the logs. */
export interface RestoreProgress {
  readonly done: number
  readonly total: number
}

export interface RestoreResult {
  /** Messages that can be read here now. */
  readonly restored: number
  readonly total: number
  /** Those that cannot, by the code of the reason. */
  readonly missing: readonly { readonly reason: string; readonly count: number }[]
  /** Names of contacts whose log the server did not show to its end. */
  readonly unread: readonly string[]
  /** The identity of the backup was replaced elsewhere: this browser has a new one, and contacts see another security code. */
  readonly isNewIdentity: boolean
}

/** All key material in one text that only a code or a passphrase opens. Its errors are `backup_…`. */
export interface KeyBackup {
  readonly state: Live<BackupState>
  /** When the server stored the backup that it keeps for this account; null: none. */
  serverBackup(): Promise<number | null>
  /** A new code in groups of four, shown once. Nothing is kept before `finish`. */
  beginCode(): Promise<readonly string[]>
  /** Takes seconds. Nothing is kept before `finish`. */
  beginPassphrase(passphrase: string): Promise<void>
  /** Whether what was typed is that group, from 0, of the code that was begun. */
  isPartOfCode(group: number, typed: string): boolean
  /** Makes backups from now on, also on the server if wanted, in the place of the one there. */
  finish(isOnServer: boolean): Promise<void>
  /** A backup of now, as the text of a file. */
  makeFile(): Promise<string>
  /** Makes no more backups, and has the server forget its own. Files stay what they are. */
  turnOff(): Promise<void>
  /** Opens a backup and changes nothing. `missingCount`: of the keys here, those that it does not hold. */
  rehearse(
    source: BackupSource,
    secret: string,
  ): Promise<{ readonly madeAt: number; readonly missingCount: number }>
  /** Takes in the keys for reading and reads all again. `secret`: code or passphrase, as typed. */
  restore(
    source: BackupSource,
    secret: string,
    tell: (progress: RestoreProgress) => void,
  ): Promise<RestoreResult>
}

/** What the browser is made of: each engine has its own habit of clearing storage. */
export type Engine = 'chromium' | 'firefox' | 'webkit' | 'other'

/** What this browser says of its storage for Letterlock. */
export interface StorageHealth {
  readonly engine: Engine
  /** It has promised to clear nothing by itself; null: it makes no such promise. */
  readonly isPersistent: boolean | null
  /** Null: it does not tell. */
  readonly space: { readonly usedBytes: number; readonly leftBytes: number } | null
}

/** What there is to lose. */
export interface StorageUse {
  /** Counted up to 100. */
  readonly messageCount: number
  /** The last time that nobody was here for five days or more, by this device's clock. */
  readonly absence: { readonly days: number; readonly endedAt: number } | null
  /** When the person last put off the hint; null: never. */
  readonly hintPutOffAt: number | null
}

export interface StorageCare {
  /** Null until the browser has answered. */
  readonly health: Live<StorageHealth | null>
  /** Asks the browser anew how it stands. */
  look(): Promise<void>
  /** Asks the browser to keep the storage, in a gesture: some ask the person in turn. Gives its answer, as `isPersistent`. */
  askToKeep(): Promise<boolean | null>
  readonly use: Live<StorageUse>
  putOffHint(): Promise<void>
}

/** A picture whose text answers it, or work that does. */
export interface Captcha {
  /** PNG. */
  readonly picture: Blob
  readonly work: CaptchaWork
}

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

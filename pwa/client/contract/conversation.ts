/** A conversation as its screen shows it. */
import type { Account } from '../../../server/wire/account.ts'
import type { ParkReason } from './outbox.ts'

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

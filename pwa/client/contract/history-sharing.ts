/** History that cannot be read here, and is asked for and given again. */

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

/** What waits in the outbox, and why. */
import type { Account } from '../../../server/wire/account.ts'

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

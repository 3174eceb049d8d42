/** Who is here, and how browser, network and storage do. */
import type { Account } from '../../../server/wire/account.ts'
import type { Erasure } from './storage-care.ts'

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

/** How safe this browser's storage is, and what is left when it is erased. */
import type { Live } from './live.ts'

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

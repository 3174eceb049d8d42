import type { CryptoLog } from './crypto-log.ts'
import type { Primitives } from './primitives.ts'

/** What every function of the protocol works with; the first argument everywhere. */
export interface ProtocolTools {
  readonly primitives: Primitives
  readonly log: CryptoLog
}

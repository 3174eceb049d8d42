/** What the panel of the crypto log shows. */
import type { Account } from '../../../server/wire/account.ts'
import type { CryptoRecord } from '../../protocol/crypto-log.ts'

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

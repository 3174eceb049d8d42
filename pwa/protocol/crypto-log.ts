/**
 * The crypto log: one flat record for every operation, so that anyone can see that no IV is used twice under a key and
 * that keys change when they should. It holds secrets on purpose and never leaves the device.
 */
export type CryptoOperation =
  'generate-key' | 'ecdh' | 'hkdf' | 'seal' | 'open' | 'mac' | 'refresh' | 'exchange' | 'refuse'

export interface CryptoRecord {
  readonly operation: CryptoOperation
  /** What it was for: a label of the specification, or a part of it. */
  readonly purpose?: string
  /** Account id of the other side; absent for what belongs to no conversation. */
  readonly peer?: number
  /** Exchange id, base64url. */
  readonly exchange?: string
  readonly epoch?: number
  /** Key set id, base64url. */
  readonly keys?: string
  /** The secret that was used, or for ECDH and HKDF the one that came out, base64url. */
  readonly key?: string
  /** The public half of a new key pair, base64url. Private halves are never logged. */
  readonly publicKey?: string
  /** HKDF salt, base64url. */
  readonly salt?: string
  /** Decimal. */
  readonly iv?: string
  /** Entry id, base64url. */
  readonly entry?: string
  /** Content as JSON, without its padding. */
  readonly plaintext?: string
  readonly outcome?: 'done' | 'refused'
  /** Why it was refused: a stable code. */
  readonly reason?: string
}

export type CryptoLog = (record: CryptoRecord) => void

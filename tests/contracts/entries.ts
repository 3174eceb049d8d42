/** Envelopes as a browser would make them, as far as the server can see. */
import { createHash, randomBytes } from 'node:crypto'
import { toBase64url } from '../../server/bytes.ts'
import type { ChangeEnvelope, MessageEnvelope, OfferEnvelope } from '../../server/wire/envelope.ts'

export interface NewEntry {
  readonly id: string
  readonly envelope: string
}

export const randomText = (sizeBytes: number): string => toBase64url(randomBytes(sizeBytes))
export const newKeySet = (): string => randomText(16)

/** The IV that counts as `count`. */
export function ivOf(count: number): string {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(count), 4)
  return toBase64url(bytes)
}

export function messageEnvelope(keys: string, count: number, ciphertextBytes = 48): string {
  const envelope: MessageEnvelope = {
    type: 'msg',
    exchange: randomText(16),
    keys,
    IV: ivOf(count),
    ciphertext: randomText(ciphertextBytes),
    MAC: randomText(32),
  }
  return JSON.stringify(envelope)
}

export function changeEnvelope(keys: string, count: number): string {
  const envelope: ChangeEnvelope = {
    type: 'change',
    exchange: randomText(16),
    keys,
    salt: randomText(24),
    IV: ivOf(count),
    MAC_old: randomText(32),
    MAC_new: randomText(32),
  }
  return JSON.stringify(envelope)
}

/** Id of the key set that a change begins: the first half of a hash over its exchange and salt. */
export function keySetBegunBy(change: string): string {
  const { exchange, salt } = JSON.parse(change) as ChangeEnvelope // made above
  const hash = createHash('sha256').update('letterlock/keys/v1')
  for (const part of [exchange, salt]) hash.update(part, 'base64url')
  return toBase64url(hash.digest().subarray(0, 16))
}

export function offerEnvelope(): string {
  const envelope: OfferEnvelope = {
    type: 'ECDH',
    step: 'offer',
    exchange: randomText(16),
    identity: randomText(97),
    key: randomText(97),
  }
  return JSON.stringify(envelope)
}

export const entry = (envelope: string): NewEntry => ({ id: randomText(16), envelope })
export const message = (keys: string, count: number, ciphertextBytes?: number): NewEntry =>
  entry(messageEnvelope(keys, count, ciphertextBytes))

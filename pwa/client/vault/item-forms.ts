/** Names and forms of the items in localStorage. */
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import type { ExchangeSecret } from '../../protocol/exchange.ts'
import type { KeyPair, PrivateKey, PublicKey, SharedSecret } from '../../protocol/primitives.ts'
import { ClientError } from '../contract/client-error.ts'

export const IDENTITY = 'identity'
export const PREKEYS = 'prekey/'
export const isPrekey = (item: string): boolean => item.startsWith(PREKEYS)
/** What seals key backups; it comes and goes. */
export const BACKUP = 'backup'
/** Used up or turned off some day: that it is missing does not mean that somebody cleared it. */
export const mayGo = (item: string): boolean => isPrekey(item) || item === BACKUP
export const halfItem = (exchange: string, entryId: string): string => `exchange/${exchange}/${entryId}/half`
export const secretItem = (exchange: string, entryId: string): string =>
  `exchange/${exchange}/${entryId}/secret`
export const saltItem = (exchange: string, keys: string): string => `exchange/${exchange}/salt/${keys}`

/** Its keys came from a backup: what they sealed can be read, and nothing more is sealed. */
export const forReadingItem = (exchange: string): string => `exchange/${exchange}/for-reading`
export const exchangeOf = (item: string): string | null => /^exchange\/([^/]+)\//.exec(item)?.[1] ?? null

export type Item = Readonly<Record<string, unknown>>

/** Throws `storage_failed` unless the text is an item. */
export function parseItem(text: string): Item {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Item // checked on the line before
  } catch (cause) {
    throw new ClientError('storage_failed', null, { cause })
  }
  throw new ClientError('storage_failed')
}

function readBytes(item: Item, name: string): Uint8Array<ArrayBuffer> {
  const value = item[name]
  if (typeof value !== 'string') throw new ClientError('storage_failed')
  return fromBase64url(value)
}

export const readKeyPair = (item: Item): KeyPair => ({
  publicKey: readBytes(item, 'publicKey') as PublicKey, // only writeKeyPair writes these items
  privateKey: readBytes(item, 'privateKey') as PrivateKey, // as above
})

export const writeKeyPair = (pair: KeyPair): Record<string, string> => ({
  publicKey: toBase64url(pair.publicKey),
  privateKey: toBase64url(pair.privateKey),
})

export const readSecret = (exchange: string, item: Item): ExchangeSecret => ({
  exchange,
  initiator: Number(item['initiator']),
  responder: Number(item['responder']),
  secret: readBytes(item, 'secret') as SharedSecret, // only storeSecret writes these items
  transcript: readBytes(item, 'transcript'),
})

export const writeSecret = ({ initiator, responder, secret, transcript }: ExchangeSecret): Item => ({
  initiator,
  responder,
  secret: toBase64url(secret),
  transcript: toBase64url(transcript),
})

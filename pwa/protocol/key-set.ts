/** Key sets: what an exchange's secret and the salt of an epoch become. */
import { concat, fromBase64url, toBase64url, u64, utf8 } from './bytes.ts'
import type { Bytes } from './bytes.ts'
import { asAesKey, asMacKey } from './primitives.ts'
import type { AesKey, MacKey, SharedSecret } from './primitives.ts'
import type { ProtocolTools } from './tools.ts'

const KEY_SET_ID_BYTES = 16
const SALT_RANDOM_BYTES = 16

/** The part of an exchange that keys are derived from. */
export interface KeySource {
  /** Exchange id, base64url. */
  readonly exchange: string
  readonly secret: SharedSecret
  /** 32 bytes. */
  readonly transcript: Bytes
}

/** The keys of one direction. */
export interface DirectionKeys {
  readonly aes: AesKey
  readonly mac: MacKey
}

export interface KeySet {
  /** Base64url of 16 bytes. */
  readonly id: string
  /** Exchange id, base64url. */
  readonly exchange: string
  /** From 1, inside its exchange. */
  readonly epoch: number
  /** Base64url of 24 bytes. */
  readonly salt: string
  readonly send: DirectionKeys
  readonly receive: DirectionKeys
}

/** The epoch a salt was made for; exact up to 2^53 - 1, and above that no epoch that anyone can reach. */
export function epochOf(salt: string): number {
  return Number(new DataView(fromBase64url(salt).buffer).getBigUint64(0))
}

/** A salt for `epoch`, the one that begins: its number, then 16 random bytes that no restored profile can repeat. */
export function nextSalt(tools: ProtocolTools, epoch: number): Bytes {
  return concat(u64(epoch), tools.primitives.random(SALT_RANDOM_BYTES))
}

/** The id by which an envelope names its keys; says nothing about them. */
export async function keySetId(tools: ProtocolTools, exchange: string, salt: string): Promise<string> {
  const named = concat(utf8('letterlock/keys/v1'), fromBase64url(exchange), fromBase64url(salt))
  const hash = await tools.primitives.sha256(named)
  return toBase64url(hash.subarray(0, KEY_SET_ID_BYTES))
}

/** All keys of the epoch that `salt` begins, as seen from `self`. Both sides derive the same, mirrored. */
export async function deriveKeySet(
  tools: ProtocolTools,
  {
    exchange: source,
    salt,
    self,
    contact,
  }: { exchange: KeySource; salt: string; self: number; contact: number },
): Promise<KeySet> {
  const { exchange } = source
  const id = await keySetId(tools, exchange, salt)
  const epoch = epochOf(salt)

  async function derive(label: string): Promise<Bytes> {
    const info = utf8(`${label}|${toBase64url(source.transcript)}`)
    const key = await tools.primitives.hkdf(source.secret, fromBase64url(salt), info)
    tools.log({
      operation: 'hkdf',
      purpose: label,
      peer: contact,
      exchange,
      epoch,
      keys: id,
      salt,
      key: toBase64url(key),
    })
    return key
  }

  async function deriveDirection(from: number, to: number): Promise<DirectionKeys> {
    const aes = asAesKey(await derive(`CHAT_KEY_USER${from}to${to}`))
    const mac = asMacKey(await derive(`CHAT_MAC_USER${from}to${to}`))
    return { aes, mac }
  }

  const send = await deriveDirection(self, contact)
  const receive = await deriveDirection(contact, self)
  return { id, exchange, epoch, salt, send, receive }
}

/** The keys that `sender` seals with: ours to send when `sender` is `self`, so that own entries can be opened again. */
export function keysFor(keySet: KeySet, { sender, self }: { sender: number; self: number }): DirectionKeys {
  return sender === self ? keySet.send : keySet.receive
}

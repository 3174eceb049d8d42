/** Messages: sealing content into an envelope and opening it again. */
import type { MessageEnvelope } from '../../server/wire/envelope.ts'
import { concat, equalBytes, fromBase64url, ivBytes, ivNumber, toBase64url, utf8 } from './bytes.ts'
import { readContent, writeContent } from './content.ts'
import type { Content, KnownContent } from './content.ts'
import type { CryptoRecord } from './crypto-log.ts'
import { keysFor } from './key-set.ts'
import type { KeySet } from './key-set.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ProtocolTools } from './tools.ts'

/** Where a message stands. The direction chooses the keys: our own entries open with the keys we send with. */
export interface StoredMessage {
  readonly keySet: KeySet
  readonly envelope: MessageEnvelope
  readonly entryId: string
  /** Account ids. */
  readonly sender: number
  readonly recipient: number
  readonly self: number
}

/** Why a message cannot be opened: its MAC, its GCM tag, or what was inside. */
export interface Unreadable {
  readonly unreadable: 'mac' | 'decryption' | 'content'
}

/**
 * The envelope's text. `iv` must have been reserved for this key set and never be used again.
 *
 * Throws `iv_out_of_range`, and what `writeContent` throws.
 */
export async function sealMessage(
  tools: ProtocolTools,
  message: {
    keySet: KeySet
    iv: bigint
    entryId: string
    content: KnownContent
    self: number
    contact: number
  },
): Promise<string> {
  const { keySet, entryId, content, self, contact } = message
  if (message.iv < 1n) throw new ProtocolError('iv_out_of_range')
  const iv = ivBytes(message.iv)
  const context = contextOf(keySet.id, entryId, self, contact)
  const { aes, mac } = keySet.send
  const about = { ...describe(keySet, entryId, contact), iv: String(message.iv) }

  const ciphertext = await tools.primitives.encrypt(aes, iv, writeContent(content), context)
  tools.log({ operation: 'seal', ...about, key: toBase64url(aes), plaintext: JSON.stringify(content) })
  const code = await tools.primitives.hmac(mac, concat(iv, context, ciphertext))
  tools.log({ operation: 'mac', ...about, key: toBase64url(mac) })

  const envelope: MessageEnvelope = {
    type: 'msg',
    exchange: keySet.exchange,
    keys: keySet.id,
    IV: toBase64url(iv),
    ciphertext: toBase64url(ciphertext),
    MAC: toBase64url(code),
  }
  return JSON.stringify(envelope)
}

/** True when `sender` sealed exactly this, under this entry id and for `recipient`. Needs no decryption. */
export async function verifyMessage(tools: ProtocolTools, message: StoredMessage): Promise<boolean> {
  const { keySet, envelope, entryId, sender, recipient, self } = message
  const iv = fromBase64url(envelope.IV)
  const { mac } = keysFor(keySet, message)
  const signed = concat(
    iv,
    contextOf(envelope.keys, entryId, sender, recipient),
    fromBase64url(envelope.ciphertext),
  )
  const code = await tools.primitives.hmac(mac, signed)
  const isGenuine =
    equalBytes(code, fromBase64url(envelope.MAC)) &&
    envelope.keys === keySet.id &&
    envelope.exchange === keySet.exchange &&
    ivNumber(iv) > 0n
  const peer = sender === self ? recipient : sender
  tools.log({
    operation: isGenuine ? 'mac' : 'refuse',
    purpose: 'verify',
    ...describe(keySet, entryId, peer),
    iv: String(ivNumber(iv)),
    key: toBase64url(mac),
    ...(isGenuine ? { outcome: 'done' } : { outcome: 'refused', reason: 'mac' }),
  })
  return isGenuine
}

/** The content, or why there is none: first the MAC, then decryption, then the content's form. */
export async function openMessage(
  tools: ProtocolTools,
  message: StoredMessage,
): Promise<Content | Unreadable> {
  if (!(await verifyMessage(tools, message))) return { unreadable: 'mac' }
  const { keySet, envelope, entryId, sender, recipient, self } = message
  const iv = fromBase64url(envelope.IV)
  const { aes } = keysFor(keySet, message)
  const about = {
    ...describe(keySet, entryId, sender === self ? recipient : sender),
    iv: String(ivNumber(iv)),
    key: toBase64url(aes),
  }

  function refuse(reason: Unreadable['unreadable']): Unreadable {
    tools.log({ operation: 'refuse', purpose: 'open', ...about, outcome: 'refused', reason })
    return { unreadable: reason }
  }

  const context = contextOf(envelope.keys, entryId, sender, recipient)
  const bytes = await tools.primitives.decrypt(aes, iv, fromBase64url(envelope.ciphertext), context)
  if (bytes === null) return refuse('decryption')
  const content = readContent(bytes)
  if (content === null) return refuse('content')
  const plaintext = content.kind === 'unknown' ? content.json : JSON.stringify(content)
  tools.log({ operation: 'open', ...about, plaintext, outcome: 'done' })
  return content
}

/** Binds a message to its direction, its key set and its entry. */
function contextOf(keys: string, entryId: string, sender: number, recipient: number) {
  return utf8(`CHAT_MSG_USER${sender}to${recipient}|${keys}|${entryId}`)
}

function describe(keySet: KeySet, entry: string, peer: number) {
  const { exchange, epoch, id: keys } = keySet
  return { peer, exchange, epoch, keys, entry } satisfies Partial<CryptoRecord>
}

/** Refresh: all keys of an exchange derived anew, with the salt of the next epoch. */
import type { ChangeEnvelope } from '../../server/wire/envelope.ts'
import { concat, equalBytes, fromBase64url, ivBytes, toBase64url, utf8 } from './bytes.ts'
import type { Bytes } from './bytes.ts'
import { deriveKeySet, epochOf, keysFor, nextSalt } from './key-set.ts'
import type { KeySet, KeySource } from './key-set.ts'
import type { ProtocolTools } from './tools.ts'

/** Why a change is not accepted. */
export type ChangeRefusal = 'mac_old' | 'mac_new' | 'epoch'

/**
 * Begins the epoch after `current`. `lastIv` is the highest IV committed under `current`, 0 if none; IVs start again
 * from 1 under `next`. Throws `iv_out_of_range`.
 */
export async function makeChange(
  tools: ProtocolTools,
  change: { current: KeySet; secret: KeySource; lastIv: bigint; self: number; contact: number },
): Promise<{ envelope: string; next: KeySet }> {
  const { current, secret, lastIv, self, contact } = change
  const iv = ivBytes(lastIv)
  const saltBytes = nextSalt(tools, current.epoch + 1)
  const salt = toBase64url(saltBytes)
  const next = await deriveKeySet(tools, { exchange: secret, salt, self, contact })
  const signed = signedBytes(iv, saltBytes)
  const envelope: ChangeEnvelope = {
    type: 'change',
    exchange: current.exchange,
    keys: current.id,
    salt,
    IV: toBase64url(iv),
    MAC_old: toBase64url(await tools.primitives.hmac(current.send.mac, signed)),
    MAC_new: toBase64url(await tools.primitives.hmac(next.send.mac, signed)),
  }
  tools.log({
    operation: 'refresh',
    purpose: 'begin',
    peer: contact,
    exchange: next.exchange,
    epoch: next.epoch,
    keys: next.id,
    iv: String(lastIv),
    outcome: 'done',
  })
  return { envelope: JSON.stringify(envelope), next }
}

/**
 * The key set that a change of `sender` begins. `current` is the key set that the change names; it need not be the one
 * in use. `MAC_old` is verified before anything else.
 */
export async function readChange(
  tools: ProtocolTools,
  change: {
    current: KeySet
    secret: KeySource
    envelope: ChangeEnvelope
    sender: number
    self: number
    contact: number
  },
): Promise<{ next: KeySet } | { refused: ChangeRefusal }> {
  const { current, secret, envelope, self, contact } = change
  const { salt } = envelope
  const signed = signedBytes(fromBase64url(envelope.IV), fromBase64url(salt))

  async function isSigned(keySet: KeySet, mac: string): Promise<boolean> {
    const code = await tools.primitives.hmac(keysFor(keySet, change).mac, signed)
    return equalBytes(code, fromBase64url(mac))
  }

  function refuse(reason: ChangeRefusal): { refused: ChangeRefusal } {
    tools.log({
      operation: 'refuse',
      purpose: 'refresh',
      peer: contact,
      exchange: current.exchange,
      keys: envelope.keys,
      outcome: 'refused',
      reason,
    })
    return { refused: reason }
  }

  const isOfCurrent = envelope.keys === current.id && envelope.exchange === current.exchange
  if (!isOfCurrent || !(await isSigned(current, envelope.MAC_old))) return refuse('mac_old')
  if (epochOf(salt) !== current.epoch + 1) return refuse('epoch')
  const next = await deriveKeySet(tools, { exchange: secret, salt, self, contact })
  if (!(await isSigned(next, envelope.MAC_new))) return refuse('mac_new')
  tools.log({
    operation: 'refresh',
    purpose: 'accept',
    peer: contact,
    exchange: next.exchange,
    epoch: next.epoch,
    keys: next.id,
    outcome: 'done',
  })
  return { next }
}

function signedBytes(iv: Bytes, salt: Bytes): Bytes {
  return concat(iv, utf8('change'), salt)
}

/**
 * The one-way exchange with somebody who is offline: a one-time prekey stands in for the responder's fresh key. It is never
 * answered, and only its initiator seals under it.
 */
import type { PrekeyEnvelope } from '../../server/wire/envelope.ts'
import type { Prekey } from '../../server/wire/prekey.ts'
import { toBase64url } from './bytes.ts'
import {
  FIRST_EPOCH,
  agreeOnSecret,
  confirmExchange,
  confirmedKeySet,
  makeExchangeKey,
  newExchangeId,
} from './exchange.ts'
import type { ExchangeSecret, Party } from './exchange.ts'
import { deriveKeySet, epochOf, nextSalt } from './key-set.ts'
import type { KeySet } from './key-set.ts'
import type { KeyPair } from './primitives.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ProtocolTools } from './tools.ts'

const PREKEY_ID_BYTES = 16

/** A prekey of ours; its public half goes to the server under this id. */
export interface OwnPrekey {
  /** Base64url of 16 bytes. */
  readonly id: string
  readonly keyPair: KeyPair
}

export async function makePrekey(tools: ProtocolTools): Promise<OwnPrekey> {
  const keyPair = await tools.primitives.generateKeyPair()
  const publicKey = toBase64url(keyPair.publicKey)
  tools.log({ operation: 'generate-key', purpose: 'prekey', publicKey, outcome: 'done' })
  return { id: toBase64url(tools.primitives.random(PREKEY_ID_BYTES)), keyPair }
}

/**
 * Begins an exchange with the owner of `prekey`, which belongs to `identity`. Messages may be sealed under `keySet` behind
 * the envelope; secret and salt must be stored before it leaves.
 *
 * Throws `bad_public_key` and `own_public_key`.
 */
export async function beginOneWay(
  tools: ProtocolTools,
  { self, contact, identity, prekey }: { self: Party; contact: number; identity: string; prekey: Prekey },
): Promise<{ envelope: string; established: ExchangeSecret; keySet: KeySet }> {
  const exchange = newExchangeId(tools)
  const keyPair = await makeExchangeKey(tools, contact, exchange)
  const established = await agreeOnSecret(tools, {
    kind: 'oneway',
    self,
    contact,
    half: { exchange, role: 'initiator', keyPair },
    theirs: { identity, key: prekey.key },
  })
  const salt = toBase64url(nextSalt(tools, FIRST_EPOCH))
  const keySet = await deriveKeySet(tools, { exchange: established, salt, self: self.account, contact })
  const envelope: PrekeyEnvelope = {
    type: 'ECDH',
    step: 'prekey',
    exchange,
    identity: toBase64url(self.identity.publicKey),
    key: toBase64url(keyPair.publicKey),
    to: identity,
    prekey: prekey.id,
    salt,
    confirm: toBase64url(await confirmExchange(tools, established, keySet.send.mac)),
  }
  return { envelope: JSON.stringify(envelope), established, keySet }
}

/**
 * The secret of an exchange that the other side began with a prekey of ours, whose private half is then destroyed. Null:
 * `confirm` does not verify.
 *
 * Throws `bad_public_key` and `own_public_key`, and `malformed` for an envelope to another identity or prekey.
 */
export async function acceptOneWay(
  tools: ProtocolTools,
  {
    self,
    contact,
    prekey,
    envelope,
  }: { self: Party; contact: number; prekey: OwnPrekey; envelope: PrekeyEnvelope },
): Promise<{ established: ExchangeSecret; keySet: KeySet } | null> {
  const { exchange, salt } = envelope
  const isToUs = envelope.to === toBase64url(self.identity.publicKey) && envelope.prekey === prekey.id
  if (!isToUs || epochOf(salt) !== FIRST_EPOCH)
    throw new ProtocolError('malformed', 'not an exchange with this prekey')
  const established = await agreeOnSecret(tools, {
    kind: 'oneway',
    self,
    contact,
    half: { exchange, role: 'responder', keyPair: prekey.keyPair },
    theirs: envelope,
  })
  const reading = { established, envelope, by: contact, self: self.account, contact }
  const keySet = await confirmedKeySet(tools, reading)
  return keySet && { established, keySet }
}

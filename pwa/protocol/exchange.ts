/** The two-way exchange: an offer, its answer, and the secret that both sides come to; `one-way.ts` shares that secret. */
import type { AnswerEnvelope, OfferEnvelope } from '../../server/wire/envelope.ts'
import { concat, equalBytes, fromBase64url, toBase64url, u64, utf8 } from './bytes.ts'
import type { Bytes } from './bytes.ts'
import { deriveKeySet, epochOf, nextSalt } from './key-set.ts'
import type { KeySet, KeySource } from './key-set.ts'
import { asPublicKey, asSharedSecret } from './primitives.ts'
import type { KeyPair, MacKey, PublicKey } from './primitives.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ProtocolTools } from './tools.ts'

const EXCHANGE_ID_BYTES = 16
export const FIRST_EPOCH = 1

/** Ourselves. */
export interface Party {
  /** Account id. */
  readonly account: number
  readonly identity: KeyPair
}

/** Our private part of an exchange, kept until the log has decided. */
export interface ExchangeHalf {
  /** Exchange id, base64url. */
  readonly exchange: string
  readonly role: 'initiator' | 'responder'
  readonly keyPair: KeyPair
}

export interface ExchangeSecret extends KeySource {
  /** Account ids. */
  readonly initiator: number
  readonly responder: number
}

/** Begins an exchange. The half must be stored before the envelope leaves. */
export async function makeOffer(
  tools: ProtocolTools,
  { self, contact }: { self: Party; contact: number },
): Promise<{ envelope: string; half: ExchangeHalf }> {
  const exchange = newExchangeId(tools)
  const keyPair = await makeExchangeKey(tools, contact, exchange)
  const offer: OfferEnvelope = {
    type: 'ECDH',
    step: 'offer',
    exchange,
    identity: toBase64url(self.identity.publicKey),
    key: toBase64url(keyPair.publicKey),
  }
  return { envelope: JSON.stringify(offer), half: { exchange, role: 'initiator', keyPair } }
}

/**
 * Answers an offer that the log holds open. Whether the answer establishes the exchange is the log's word: half and
 * secret are stored before the envelope leaves and used once it has been read back.
 *
 * Throws `bad_public_key` and `own_public_key`.
 */
export async function answerOffer(
  tools: ProtocolTools,
  { self, contact, offer }: { self: Party; contact: number; offer: OfferEnvelope },
): Promise<{ envelope: string; half: ExchangeHalf; established: ExchangeSecret; salt: string }> {
  const { exchange } = offer
  const keyPair = await makeExchangeKey(tools, contact, exchange)
  const half: ExchangeHalf = { exchange, role: 'responder', keyPair }
  const established = await agreeOnSecret(tools, { kind: 'twoway', self, contact, half, theirs: offer })
  const salt = toBase64url(nextSalt(tools, FIRST_EPOCH))
  const keySet = await deriveKeySet(tools, { exchange: established, salt, self: self.account, contact })
  const answer: AnswerEnvelope = {
    type: 'ECDH',
    step: 'answer',
    exchange,
    identity: toBase64url(self.identity.publicKey),
    key: toBase64url(keyPair.publicKey),
    salt,
    confirm: toBase64url(await confirmExchange(tools, established, keySet.send.mac)),
  }
  return { envelope: JSON.stringify(answer), half, established, salt }
}

/**
 * The secret of an exchange we offered and the log holds established. Null: `confirm` does not verify, so the other
 * side does not hold this secret.
 *
 * Throws `bad_public_key` and `own_public_key`, and `malformed` for an answer to something else.
 */
export async function completeOffer(
  tools: ProtocolTools,
  {
    self,
    contact,
    half,
    answer,
  }: { self: Party; contact: number; half: ExchangeHalf; answer: AnswerEnvelope },
): Promise<ExchangeSecret | null> {
  const { exchange, salt } = answer
  if (half.role !== 'initiator' || half.exchange !== exchange || epochOf(salt) !== FIRST_EPOCH)
    throw new ProtocolError('malformed', 'not an answer to this offer')
  const established = await agreeOnSecret(tools, { kind: 'twoway', self, contact, half, theirs: answer })
  const reading = { established, envelope: answer, by: contact, self: self.account, contact }
  return (await confirmedKeySet(tools, reading)) && established
}

export const newExchangeId = (tools: ProtocolTools): string =>
  toBase64url(tools.primitives.random(EXCHANGE_ID_BYTES))

/**
 * The key set of epoch 1 as an answer or prekey envelope of `by` begins it; null when its `confirm` does not fit. To be
 * looked at each time that the log shows it: with a secret that was derived before, only `confirm` tells another salt.
 */
export async function confirmedKeySet(
  tools: ProtocolTools,
  reading: {
    established: ExchangeSecret
    envelope: { readonly salt: string; readonly confirm: string }
    /** Account ids. */
    by: number
    self: number
    contact: number
  },
): Promise<KeySet | null> {
  const { established, envelope, by, self, contact } = reading
  if (epochOf(envelope.salt) !== FIRST_EPOCH) return null
  const keySet = await deriveKeySet(tools, { exchange: established, salt: envelope.salt, self, contact })
  const key = by === self ? keySet.send.mac : keySet.receive.mac
  return (await checkConfirm(tools, { contact, established, key, answer: envelope })) ? keySet : null
}

/** Whether `confirm` shows that the other side holds this secret. `key` is the MAC key that it seals with. */
async function checkConfirm(
  tools: ProtocolTools,
  {
    contact,
    established,
    key,
    answer,
  }: { contact: number; established: ExchangeSecret; key: MacKey; answer: { readonly confirm: string } },
): Promise<boolean> {
  const confirm = await confirmExchange(tools, established, key)
  const isConfirmed = equalBytes(confirm, fromBase64url(answer.confirm))
  tools.log({
    operation: 'exchange',
    purpose: 'confirm',
    peer: contact,
    exchange: established.exchange,
    epoch: FIRST_EPOCH,
    outcome: isConfirmed ? 'done' : 'refused',
    ...(isConfirmed ? {} : { reason: 'confirm' }),
  })
  return isConfirmed
}

/** A fresh key pair of ours for one exchange. */
export async function makeExchangeKey(
  tools: ProtocolTools,
  contact: number,
  exchange: string,
): Promise<KeyPair> {
  const keyPair = await tools.primitives.generateKeyPair()
  tools.log({
    operation: 'generate-key',
    purpose: 'exchange',
    peer: contact,
    exchange,
    publicKey: toBase64url(keyPair.publicKey),
    outcome: 'done',
  })
  return keyPair
}

type TheirKeys = Pick<OfferEnvelope, 'identity' | 'key'>
/** `half`: our side's key pair, which in a one-way exchange may be a prekey. */
interface Agreement {
  readonly kind: 'twoway' | 'oneway'
  readonly self: Party
  readonly contact: number
  readonly half: ExchangeHalf
  readonly theirs: TheirKeys
}

/** The secret of an exchange, from two identity keys and two keys of its own. Throws `bad_public_key` and `own_public_key`. */
export async function agreeOnSecret(tools: ProtocolTools, agreement: Agreement): Promise<ExchangeSecret> {
  const { kind, self, contact, half, theirs } = agreement
  const theirIdentity = await acceptPublicKey(tools, agreement, theirs.identity)
  const theirKey = await acceptPublicKey(tools, agreement, theirs.key)

  const ourIdentityPart = await agree(tools, agreement, self.identity, theirKey)
  const theirIdentityPart = await agree(tools, agreement, half.keyPair, theirIdentity)
  const freshPart = await agree(tools, agreement, half.keyPair, theirKey)

  const ours: Side = { account: self.account, identity: self.identity.publicKey, key: half.keyPair.publicKey }
  const other: Side = { account: contact, identity: theirIdentity, key: theirKey }
  const isInitiator = half.role === 'initiator'
  const [initiator, responder] = isInitiator ? [ours, other] : [other, ours]
  const identityParts = isInitiator
    ? [ourIdentityPart, theirIdentityPart]
    : [theirIdentityPart, ourIdentityPart]
  return {
    exchange: half.exchange,
    initiator: initiator.account,
    responder: responder.account,
    secret: asSharedSecret(concat(...identityParts, freshPart)),
    transcript: await hashTranscript(tools, { kind, exchange: half.exchange, initiator, responder }),
  }
}

async function acceptPublicKey(tools: ProtocolTools, agreement: Agreement, text: string): Promise<PublicKey> {
  const { self, contact, half } = agreement
  const publicKey = fromBase64url(text)
  const ours = [self.identity.publicKey, half.keyPair.publicKey]
  try {
    if (ours.some((own) => equalBytes(own, publicKey))) throw new ProtocolError('own_public_key')
    await tools.primitives.checkPublicKey(publicKey)
  } catch (error) {
    if (error instanceof ProtocolError)
      tools.log({
        operation: 'refuse',
        purpose: 'public key',
        peer: contact,
        exchange: half.exchange,
        publicKey: text,
        outcome: 'refused',
        reason: error.code,
      })
    throw error
  }
  return asPublicKey(publicKey)
}

async function agree(
  tools: ProtocolTools,
  agreement: Agreement,
  ours: KeyPair,
  theirs: PublicKey,
): Promise<Bytes> {
  const secret = await tools.primitives.agree(ours.privateKey, theirs)
  tools.log({
    operation: 'ecdh',
    peer: agreement.contact,
    exchange: agreement.half.exchange,
    publicKey: toBase64url(theirs),
    key: toBase64url(secret),
    outcome: 'done',
  })
  return secret
}

interface Side {
  readonly account: number
  readonly identity: PublicKey
  readonly key: PublicKey
}

function hashTranscript(
  tools: ProtocolTools,
  {
    kind,
    exchange,
    initiator,
    responder,
  }: { kind: Agreement['kind']; exchange: string; initiator: Side; responder: Side },
): Promise<Bytes> {
  return tools.primitives.sha256(
    concat(
      utf8(`letterlock/${kind}/v1`),
      u64(initiator.account),
      u64(responder.account),
      fromBase64url(exchange),
      initiator.identity,
      responder.identity,
      initiator.key,
      responder.key,
    ),
  )
}

/** Shows that we hold the secret. `key` is the MAC key that we seal with under epoch 1. */
export function confirmExchange(
  tools: ProtocolTools,
  established: ExchangeSecret,
  key: MacKey,
): Promise<Bytes> {
  return tools.primitives.hmac(key, concat(utf8('confirm'), established.transcript))
}

/** What the server sees of an entry: routing fields and ciphertext. Source: the protocol page, sections 3 to 5. */
import * as v from 'valibot'
import { binaryOfAtLeast, exchangeId, iv, keySetId, mac, prekeyId, publicKey, salt } from './primitives.ts'

/** Longest envelope text, in bytes of UTF-8. */
export const ENVELOPE_MOST_BYTES = 96 * 1024
const TAG_BYTES = 16

export const offerEnvelope = v.strictObject({
  type: v.literal('ECDH'),
  step: v.literal('offer'),
  exchange: exchangeId,
  identity: publicKey,
  key: publicKey,
})
export const answerEnvelope = v.strictObject({
  type: v.literal('ECDH'),
  step: v.literal('answer'),
  exchange: exchangeId,
  identity: publicKey,
  key: publicKey,
  salt,
  confirm: mac,
})
export const prekeyEnvelope = v.strictObject({
  type: v.literal('ECDH'),
  step: v.literal('prekey'),
  exchange: exchangeId,
  identity: publicKey,
  key: publicKey,
  /** The recipient's identity that the prekey belongs to. */
  to: publicKey,
  prekey: prekeyId,
  salt,
  confirm: mac,
})
export const messageEnvelope = v.strictObject({
  type: v.literal('msg'),
  exchange: exchangeId,
  keys: keySetId,
  IV: iv,
  ciphertext: binaryOfAtLeast(TAG_BYTES, ENVELOPE_MOST_BYTES),
  MAC: mac,
})
export const changeEnvelope = v.strictObject({
  type: v.literal('change'),
  exchange: exchangeId,
  keys: keySetId,
  salt,
  IV: iv,
  MAC_old: mac,
  MAC_new: mac,
})
export const envelope = v.union([
  v.variant('step', [offerEnvelope, answerEnvelope, prekeyEnvelope]),
  messageEnvelope,
  changeEnvelope,
])

export type OfferEnvelope = v.InferOutput<typeof offerEnvelope>
export type AnswerEnvelope = v.InferOutput<typeof answerEnvelope>
export type PrekeyEnvelope = v.InferOutput<typeof prekeyEnvelope>
export type MessageEnvelope = v.InferOutput<typeof messageEnvelope>
export type ChangeEnvelope = v.InferOutput<typeof changeEnvelope>
export type Envelope = v.InferOutput<typeof envelope>

/**
 * Parses the text of an envelope. Returns null for anything else: no JSON, lone surrogates, a member name twice, unknown
 * members, wrong lengths, too long. Every envelope is flat, so a repeated name shows as more names than members.
 */
export function parseEnvelope(text: string): Envelope | null {
  if (text.length > ENVELOPE_MOST_BYTES || !text.isWellFormed()) return null
  const value = parseJson(text)
  if (!v.is(envelope, value)) return null
  const memberNames = text.match(/"[^"]*"\s*:/g)?.length ?? 0
  return memberNames === Object.keys(value).length ? value : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

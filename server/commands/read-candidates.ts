import { createHash } from 'node:crypto'
import { fromBase64url } from '../bytes.ts'
import { type ChangeEnvelope, ENVELOPE_MOST_BYTES, type Envelope, parseEnvelope } from '../wire/envelope.ts'
import { APPEND_MOST_BYTES, type Refusal } from '../wire/log.ts'

/** An entry that is well-formed by itself; the log may still refuse it. */
export interface Candidate {
  readonly id: string
  readonly entryId: Buffer
  readonly envelope: string
  /** The sender's key set that the envelope names; null in offers and answers. */
  readonly keySet: Buffer | null
  /** Null unless the envelope holds a ciphertext: only then is the IV used. */
  readonly iv: Buffer | null
  /** The key set that a `change` begins; null in all others. */
  readonly nextKeySet: Buffer | null
}

const KEY_SET_ID_BYTES = 16

/** The longest prefix that is well-formed and within the limits, and the refusal of the entry after it. */
export function readCandidates(entries: readonly { readonly id: string; readonly envelope: string }[]): {
  candidates: Candidate[]
  refused: Refusal | null
} {
  const candidates: Candidate[] = []
  let totalBytes = 0
  for (const { id, envelope: text } of entries) {
    const sizeBytes = Buffer.byteLength(text)
    totalBytes += sizeBytes
    if (sizeBytes > ENVELOPE_MOST_BYTES) return { candidates, refused: { id, code: 'envelope_too_large' } }
    if (totalBytes > APPEND_MOST_BYTES) return { candidates, refused: { id, code: 'too_many_bytes' } }
    const envelope = parseEnvelope(text)
    if (envelope === null) return { candidates, refused: { id, code: 'malformed_envelope' } }
    candidates.push({ id, entryId: fromBase64url(id), envelope: text, ...routingOf(envelope) })
  }
  return { candidates, refused: null }
}

function routingOf(envelope: Envelope): Pick<Candidate, 'keySet' | 'iv' | 'nextKeySet'> {
  if (envelope.type === 'ECDH') return { keySet: null, iv: null, nextKeySet: null }
  const keySet = fromBase64url(envelope.keys)
  if (envelope.type === 'change') return { keySet, iv: null, nextKeySet: keySetBegunBy(envelope) }
  return { keySet, iv: fromBase64url(envelope.IV), nextKeySet: null }
}

/** The id follows from what everybody can see; it says nothing about the keys (protocol, section 3). */
function keySetBegunBy({ exchange, salt }: ChangeEnvelope): Buffer {
  return createHash('sha256')
    .update('letterlock/keys/v1')
    .update(fromBase64url(exchange))
    .update(fromBase64url(salt))
    .digest()
    .subarray(0, KEY_SET_ID_BYTES)
}

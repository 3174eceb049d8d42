import { fromBase64url } from '../bytes.ts'
import { ENVELOPE_MOST_BYTES, type Envelope, parseEnvelope } from '../wire/envelope.ts'
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
}

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

function routingOf(envelope: Envelope): Pick<Candidate, 'keySet' | 'iv'> {
  if (envelope.type === 'ECDH') return { keySet: null, iv: null }
  const keySet = fromBase64url(envelope.keys)
  return { keySet, iv: envelope.type === 'msg' ? fromBase64url(envelope.IV) : null }
}

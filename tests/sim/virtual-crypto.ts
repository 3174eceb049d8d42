/**
 * WebCrypto's shape around arithmetic that hides nothing: fast, the same for the same seed, and every seal is seen. Two sides
 * agree on a secret only if each holds the private half of what the other was shown; MACs and tags verify only under the
 * right key and for the same bytes.
 */
import { hash } from 'node:crypto'
import { present } from './virtual-globals.ts'
import type { Owner } from './virtual-time.ts'

type Bytes = Uint8Array<ArrayBuffer>

export interface Seal {
  /** Key and IV, as text. */
  readonly place: string
  readonly plaintext: string
  readonly context: string
  readonly ciphertext: string
}

interface VirtualKey {
  readonly bytes: Bytes
}

const PRIVATE_BYTES = 64
const POINT_BYTES = 97
const TAG_BYTES = 16
const DELAYED = 0.15
const DELAY_MOST_MS = 6

/** The `crypto` of a tab. `onSeal` hears of every encryption. */
export function createVirtualCrypto(owner: Owner, onSeal: (seal: Seal) => void): Crypto {
  /** Now and then the thread pool is busy: other tabs come in between. A tab that is gone never hears back. */
  function later<T>(work: () => T): Promise<T> {
    if (!owner.isAlive) return new Promise(() => undefined)
    if (!present.chance.isLikely(DELAYED)) return new Promise((resolve) => resolve(work()))
    return new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      }
      present.time.after(present.chance.next() * DELAY_MOST_MS, run, owner)
    })
  }

  const subtle = {
    generateKey: () =>
      later(() => {
        const scalar = present.chance.bytes(PRIVATE_BYTES)
        return { privateKey: { bytes: scalar }, publicKey: { bytes: pointOf(scalar) } }
      }),
    exportKey: (_format: string, key: VirtualKey) => Promise.resolve(key.bytes.slice().buffer),
    importKey: (_format: string, bytes: Bytes) => Promise.resolve({ bytes: bytes.slice() }),
    deriveBits: (parameters: Derivation, key: VirtualKey, bits: number) =>
      later(() => {
        const seeds =
          'public' in parameters
            ? sorted(pointOf(key.bytes), parameters.public.bytes)
            : [key.bytes, parameters.salt, parameters.info]
        return digest(seeds, bits / 8).buffer
      }),
    encrypt: (parameters: Gcm, key: VirtualKey, plaintext: Bytes) =>
      later(() => {
        const { iv, additionalData } = parameters
        present.onEffect(owner, 'encrypt')
        const tag = digest([key.bytes, iv, additionalData, plaintext], TAG_BYTES)
        const ciphertext = Uint8Array.from([...plaintext, ...tag])
        onSeal({
          place: `${text(key.bytes)} ${text(iv)}`,
          plaintext: new TextDecoder().decode(plaintext),
          context: new TextDecoder().decode(additionalData),
          ciphertext: text(ciphertext),
        })
        return ciphertext.buffer
      }),
    decrypt: ({ iv, additionalData }: Gcm, key: VirtualKey, ciphertext: Bytes) =>
      later(() => {
        const plaintext = ciphertext.slice(0, -TAG_BYTES)
        const tag = digest([key.bytes, iv, additionalData, plaintext], TAG_BYTES)
        if (text(tag) !== text(ciphertext.slice(-TAG_BYTES)))
          throw new DOMException('the tag does not verify', 'OperationError')
        return plaintext.buffer
      }),
    sign: (_name: string, key: VirtualKey, message: Bytes) =>
      later(() => digest([key.bytes, message], 32).buffer),
    digest: (_name: string, message: Bytes) => Promise.resolve(transparentSha256(message).buffer),
  }
  const getRandomValues = (target: Bytes): Bytes => {
    target.set(present.chance.bytes(target.length))
    return target
  }
  return { subtle, getRandomValues } as unknown as Crypto // as much of it as the protocol uses
}

interface Gcm {
  readonly iv: Bytes
  readonly additionalData: Bytes
}
type Derivation = { readonly public: VirtualKey } | { readonly salt: Bytes; readonly info: Bytes }

/** The public half is the private one with a head: nothing here is secret. */
function pointOf(scalar: Bytes): Bytes {
  const point = new Uint8Array(POINT_BYTES)
  point[0] = 4
  point.set(digest([scalar], POINT_BYTES - 1), 1)
  return point
}

function sorted(...points: readonly Bytes[]): Bytes[] {
  return points.toSorted((a, b) => (text(a) < text(b) ? -1 : 1))
}

/** What stands in the place of SHA-256. */
export const transparentSha256 = (message: Bytes): Bytes => digest([message], 32)

/** SHA-256 of each part's length and bytes, stretched to `sizeBytes`. */
function digest(parts: readonly Bytes[], sizeBytes: number): Bytes {
  const whole = parts.map((part) => `${part.length}:${text(part)}`).join('|')
  let stretched = ''
  for (let block = 0; stretched.length < sizeBytes * 2; block++)
    stretched += hash('sha256', `${block}|${whole}`, 'hex')
  return Uint8Array.from(Buffer.from(stretched.slice(0, sizeBytes * 2), 'hex'))
}

const text = (bytes: Bytes): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')

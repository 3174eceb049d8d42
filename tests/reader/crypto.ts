/** The algorithms that the specification names, by noble. */
import { gcm } from '@noble/ciphers/aes.js'
import { p384 } from '@noble/curves/nist.js'
import { hkdf as deriveByHkdf } from '@noble/hashes/hkdf.js'
import { hmac as signByHmac } from '@noble/hashes/hmac.js'
import { sha256 as hashBySha256, sha512 as hashBySha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { ascii, toText } from './bytes.ts'

const POINT_BYTES = 97
const COORDINATE_BYTES = 48
const SAFETY_ROUNDS = 5_200

export const sha256 = (...parts: Uint8Array[]): Uint8Array => hashBySha256(concatBytes(...parts))
export const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array =>
  signByHmac(hashBySha256, key, concatBytes(...parts))
export const hkdf = (secret: Uint8Array, salt: Uint8Array, info: string): Uint8Array =>
  deriveByHkdf(hashBySha256, secret, salt, ascii(info), 32)
export const join = concatBytes

export const publicKeyOf = remember((scalar: Uint8Array) => p384.getPublicKey(scalar, false))

/** The X coordinate; null unless `theirs` is an uncompressed point of the curve. */
export const ecdh = remember((scalar: Uint8Array, theirs: Uint8Array) => {
  if (theirs.length !== POINT_BYTES || theirs[0] !== 4) return null
  try {
    return p384.getSharedSecret(scalar, theirs, true).slice(1, 1 + COORDINATE_BYTES)
  } catch {
    return null
  }
})

/** SHA-512 of `start`, and then 5,200 times of what came out with `part` behind it. */
export const iterateSha512 = remember((start: Uint8Array, part: Uint8Array) => {
  let hash = hashBySha512(start)
  for (let round = 0; round < SAFETY_ROUNDS; round += 1) hash = hashBySha512(concatBytes(hash, part))
  return hash
})

/** Slow functions are asked the same often, as transcripts are read again with something altered. */
function remember<Inputs extends Uint8Array[], Result>(compute: (...inputs: Inputs) => Result) {
  const known = new Map<string, Result>()
  return (...inputs: Inputs): Result => {
    const name = inputs.map(toText).join(' ')
    const result = known.has(name) ? (known.get(name) as Result) : compute(...inputs) // it was put there below
    known.set(name, result)
    return result
  }
}

export const encrypt = (
  key: Uint8Array,
  iv: Uint8Array,
  context: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array => gcm(key, iv, context).encrypt(plaintext)

/** Null: the tag does not verify. */
export function decrypt(
  key: Uint8Array,
  iv: Uint8Array,
  context: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | null {
  try {
    return gcm(key, iv, context).decrypt(ciphertext)
  } catch {
    return null
  }
}

import { createECDH, createHash } from 'node:crypto'
import { concat, u64, utf8 } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'
import { asPrivateKey, asPublicKey, webCrypto } from '../../pwa/protocol/primitives.ts'
import type { KeyPair, PrivateKey, Primitives } from '../../pwa/protocol/primitives.ts'
import { fromHex } from './hex.ts'

/** Everything of a P-384 private key in PKCS #8 that stands before the scalar, and between it and the point. */
const PKCS8_HEAD = fromHex('3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430')
const SCALAR_BYTES = 48
const PKCS8_MIDDLE = fromHex('a164036200')

/** A P-384 private key from its scalar and its point. */
export function pkcs8(scalar: Uint8Array, point: Uint8Array): PrivateKey {
  return asPrivateKey(concat(PKCS8_HEAD, scalar, PKCS8_MIDDLE, point))
}

/** The 48 bytes of a private key that `pkcs8` wrote. */
export const scalarOf = (privateKey: PrivateKey): Uint8Array =>
  privateKey.subarray(PKCS8_HEAD.length, PKCS8_HEAD.length + SCALAR_BYTES)

/** Real cryptography whose randomness is a stream of SHA-256 over `seed`: the same seed, the same bytes. */
export function seededPrimitives(seed: string): Primitives {
  let block = 0

  function random(sizeBytes: number): Bytes {
    let bytes: Bytes = new Uint8Array(0)
    while (bytes.length < sizeBytes) {
      const hash = createHash('sha256')
        .update(concat(utf8(seed), u64(block++)))
        .digest()
      bytes = concat(bytes, hash)
    }
    return bytes.slice(0, sizeBytes)
  }

  function generateKeyPair(): Promise<KeyPair> {
    const scalar = random(SCALAR_BYTES)
    const ecdh = createECDH('secp384r1')
    ecdh.setPrivateKey(scalar)
    const point = concat(ecdh.getPublicKey())
    return Promise.resolve({ publicKey: asPublicKey(point), privateKey: pkcs8(scalar, point) })
  }

  /** Without WebCrypto's way through another thread: a safety number takes 10,400 of these. */
  const sha512 = (message: Bytes): Promise<Bytes> =>
    Promise.resolve(concat(createHash('sha512').update(message).digest()))

  return { ...webCrypto(globalThis.crypto), random, generateKeyPair, sha512 }
}

import { createECDH, createHash } from 'node:crypto'
import { concat, u64, utf8 } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'
import { asPublicKey, webCrypto } from '../../pwa/protocol/primitives.ts'
import type { KeyPair, Primitives } from '../../pwa/protocol/primitives.ts'
import { SCALAR_BYTES, pkcs8 } from './pkcs8.ts'

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

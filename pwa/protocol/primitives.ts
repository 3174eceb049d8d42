/** The cryptography itself, by WebCrypto: the only file that names `crypto.subtle`. */
import type { Bytes } from './bytes.ts'
import { ProtocolError } from './protocol-error.ts'

declare const brand: unique symbol
/** Bytes of one purpose: the compiler keeps one kind of key from being used as another. */
type Branded<Name extends string> = Bytes & { readonly [brand]: Name }

/** 97 bytes: an uncompressed point of P-384. */
export type PublicKey = Branded<'public key'>
/** PKCS #8 of a P-384 key. */
export type PrivateKey = Branded<'private key'>
/** 144 bytes: what the three ECDH agreements of an exchange gave. */
export type SharedSecret = Branded<'shared secret'>
/** 32 bytes, for AES-256-GCM. */
export type AesKey = Branded<'AES key'>
/** 32 bytes, for HMAC-SHA-256. */
export type MacKey = Branded<'MAC key'>

const POINT_BYTES = 97
const UNCOMPRESSED = 4
const COORDINATE_BYTES = 48
const SECRET_BYTES = 3 * COORDINATE_BYTES
const SYMMETRIC_KEY_BYTES = 32

/** These give bytes their purpose, where they are made or read back. Each throws `malformed` for another size. */
export const asPublicKey = purposeOf((bytes): bytes is PublicKey => bytes.length === POINT_BYTES)
export const asPrivateKey = purposeOf((bytes): bytes is PrivateKey => bytes.length > COORDINATE_BYTES)
export const asSharedSecret = purposeOf((bytes): bytes is SharedSecret => bytes.length === SECRET_BYTES)
export const asAesKey = purposeOf((bytes): bytes is AesKey => bytes.length === SYMMETRIC_KEY_BYTES)
export const asMacKey = purposeOf((bytes): bytes is MacKey => bytes.length === SYMMETRIC_KEY_BYTES)

function purposeOf<Purpose extends Bytes>(isOfPurpose: (bytes: Bytes) => bytes is Purpose) {
  return (bytes: Bytes): Purpose => {
    if (!isOfPurpose(bytes)) throw new ProtocolError('malformed', `not such a key: ${bytes.length} bytes`)
    return bytes
  }
}

export interface KeyPair {
  readonly publicKey: PublicKey
  readonly privateKey: PrivateKey
}

/** All the protocol asks of cryptography. */
export interface Primitives {
  /** Unpredictable bytes. */
  random(sizeBytes: number): Bytes
  /** A fresh ECDH key pair on P-384. */
  generateKeyPair(): Promise<KeyPair>
  /** ECDH: the 48-byte X coordinate. Throws `bad_public_key`. */
  agree(privateKey: PrivateKey, publicKey: PublicKey): Promise<Bytes>
  /** HKDF-SHA-256, 32 bytes unless told otherwise. */
  hkdf(secret: Bytes, salt: Bytes, info: Bytes, sizeBytes?: number): Promise<Bytes>
  /** AES-256-GCM with a 12-byte IV; the 16-byte tag is appended. */
  encrypt(key: AesKey, iv: Bytes, plaintext: Bytes, aad: Bytes): Promise<Bytes>
  /** The plaintext, or null when the tag does not verify. */
  decrypt(key: AesKey, iv: Bytes, ciphertext: Bytes, aad: Bytes): Promise<Bytes | null>
  /** HMAC-SHA-256. */
  hmac(key: MacKey, message: Bytes): Promise<Bytes>
  sha256(message: Bytes): Promise<Bytes>
  sha512(message: Bytes): Promise<Bytes>
  /** Throws `bad_public_key` unless the bytes are an uncompressed point of P-384. */
  checkPublicKey(publicKey: Bytes): Promise<void>
}

const P384 = { name: 'ECDH', namedCurve: 'P-384' }

/** Primitives by the platform's WebCrypto; in a page it exists in secure contexts only. */
export function webCrypto(crypto: Crypto): Primitives {
  const { subtle } = crypto

  /** Some platforms also read compressed points: one text for one key, so only the long form passes. */
  async function importPublicKey(publicKey: Bytes): Promise<CryptoKey> {
    if (publicKey.length !== POINT_BYTES || publicKey[0] !== UNCOMPRESSED)
      throw new ProtocolError('bad_public_key')
    try {
      return await subtle.importKey('raw', publicKey, P384, true, [])
    } catch (cause) {
      throw new ProtocolError('bad_public_key', 'not a point of P-384', { cause })
    }
  }

  const importAesKey = (key: AesKey, usage: 'encrypt' | 'decrypt') =>
    subtle.importKey('raw', key, 'AES-GCM', false, [usage])

  return {
    random: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),

    async generateKeyPair() {
      const pair = await subtle.generateKey(P384, true, ['deriveBits'])
      return {
        publicKey: asPublicKey(new Uint8Array(await subtle.exportKey('raw', pair.publicKey))),
        privateKey: asPrivateKey(new Uint8Array(await subtle.exportKey('pkcs8', pair.privateKey))),
      }
    },

    async agree(privateKey, publicKey) {
      const theirs = await importPublicKey(publicKey)
      const ours = await subtle.importKey('pkcs8', privateKey, P384, false, ['deriveBits'])
      return new Uint8Array(
        await subtle.deriveBits({ name: 'ECDH', public: theirs }, ours, COORDINATE_BYTES * 8),
      )
    },

    async hkdf(secret, salt, info, sizeBytes = 32) {
      const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
      const parameters = { name: 'HKDF', hash: 'SHA-256', salt, info }
      return new Uint8Array(await subtle.deriveBits(parameters, key, sizeBytes * 8))
    },

    async encrypt(key, iv, plaintext, aad) {
      const parameters = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 }
      return new Uint8Array(await subtle.encrypt(parameters, await importAesKey(key, 'encrypt'), plaintext))
    },

    async decrypt(key, iv, ciphertext, aad) {
      const parameters = { name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 }
      const aesKey = await importAesKey(key, 'decrypt')
      try {
        return new Uint8Array(await subtle.decrypt(parameters, aesKey, ciphertext))
      } catch (error) {
        if (error instanceof DOMException && error.name === 'OperationError') return null
        throw error
      }
    },

    async hmac(key, message) {
      const parameters = { name: 'HMAC', hash: 'SHA-256' }
      const macKey = await subtle.importKey('raw', key, parameters, false, ['sign'])
      return new Uint8Array(await subtle.sign('HMAC', macKey, message))
    },

    sha256: async (message) => new Uint8Array(await subtle.digest('SHA-256', message)),

    sha512: async (message) => new Uint8Array(await subtle.digest('SHA-512', message)),

    async checkPublicKey(publicKey) {
      await importPublicKey(publicKey)
    },
  }
}

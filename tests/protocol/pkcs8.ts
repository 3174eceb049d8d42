import { concat } from '../../pwa/protocol/bytes.ts'
import { asPrivateKey, type PrivateKey } from '../../pwa/protocol/primitives.ts'
import { fromHex } from './hex.ts'

/** Everything of a P-384 private key in PKCS #8 that stands before the scalar, and between it and the point. */
const PKCS8_HEAD = fromHex('3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430')
export const SCALAR_BYTES = 48
const PKCS8_MIDDLE = fromHex('a164036200')

/** A P-384 private key from its scalar and its point. */
export function pkcs8(scalar: Uint8Array, point: Uint8Array): PrivateKey {
  return asPrivateKey(concat(PKCS8_HEAD, scalar, PKCS8_MIDDLE, point))
}

/** The 48 bytes of a private key that `pkcs8` wrote. */
export const scalarOf = (privateKey: PrivateKey): Uint8Array =>
  privateKey.subarray(PKCS8_HEAD.length, PKCS8_HEAD.length + SCALAR_BYTES)

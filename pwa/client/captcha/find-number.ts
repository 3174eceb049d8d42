import { sha256 } from '@noble/hashes/sha2.js'

/**
 * The least number that solves one part of a captcha's work, as `server/wire/captcha.ts` says. Tries 2^bits numbers on average,
 * without a break. Throws when there is none.
 * @param nonce 32 bytes
 */
export function findNumber(nonce: Uint8Array, part: number, bits: number): number {
  const message = new Uint8Array(nonce.length + 5)
  message.set(nonce)
  message[nonce.length] = part
  const view = new DataView(message.buffer)
  for (let number = 0; number < 2 ** 32; number++) {
    view.setUint32(nonce.length + 1, number)
    if (startsWithZeroBits(sha256(message), bits)) return number
  }
  throw new Error('no number solves this part')
}

/** `bits` is 1 to 32. */
function startsWithZeroBits(hash: Uint8Array, bits: number): boolean {
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0) >>> (32 - bits) === 0
}

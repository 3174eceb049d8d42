/** Bytes and their text forms: canonical base64url, big-endian numbers, UTF-8. */
import { ProtocolError } from './protocol-error.ts'

export type Bytes = Uint8Array<ArrayBuffer>

const IV_BYTES = 12
const IV_END = 1n << 96n

const encoder = new TextEncoder()

/** Base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Takes the canonical form only: no padding, no spare bits. Throws `malformed`. */
export function fromBase64url(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw notCanonical()
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  if (toBase64url(bytes) !== text) throw notCanonical()
  return bytes
}

function notCanonical(): ProtocolError {
  return new ProtocolError('malformed', 'not canonical base64url')
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** A safe integer from 0 as 8 bytes, big-endian. Throws `malformed` for any other number. */
export function u64(n: number): Bytes {
  if (!Number.isSafeInteger(n) || n < 0) throw new ProtocolError('malformed', 'not a whole number from 0')
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(n))
  return bytes
}

/** Compares without telling by its duration where the difference is; lengths are not secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0)
  return difference === 0
}

export function utf8(text: string): Bytes {
  return encoder.encode(text)
}

/** A counter from 0 to 2^96 - 1 as 12 bytes, big-endian. Throws `iv_out_of_range`. */
export function ivBytes(iv: bigint): Bytes {
  if (iv < 0n || iv >= IV_END) throw new ProtocolError('iv_out_of_range')
  const bytes = new Uint8Array(IV_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Number(iv >> 64n))
  view.setBigUint64(4, iv & 0xffff_ffff_ffff_ffffn)
  return bytes
}

/** The counter in 12 bytes. Throws `iv_out_of_range` for another length. */
export function ivNumber(bytes: Uint8Array): bigint {
  if (bytes.length !== IV_BYTES) throw new ProtocolError('iv_out_of_range')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (BigInt(view.getUint32(0)) << 64n) | view.getBigUint64(4)
}

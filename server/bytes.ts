/** Base64url on the wire, bytes inside and in the database. */

/** Bytes of canonical base64url. */
export const fromBase64url = (text: string): Buffer => Buffer.from(text, 'base64url')

/** Canonical base64url without padding. */
export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** A whole number as 8 bytes, big-endian. */
export function toU64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** Text forms of bytes, as the specification writes them. */
export const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** Canonical base64url of `size` bytes, or of any number; null for all else. */
export function readBytes(text: unknown, size?: number): Uint8Array | null {
  if (typeof text !== 'string') return null
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'))
  if (toText(bytes) !== text) return null
  return size === undefined || bytes.length === size ? bytes : null
}

/** Bytes of a text that was checked before. */
export function bytesOf(text: string): Uint8Array {
  const bytes = readBytes(text)
  if (bytes === null) throw new Error(`not base64url: ${text}`)
  return bytes
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

export function u64(n: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(n))
  return bytes
}

/** A big-endian number of any length. */
export const numberIn = (bytes: Uint8Array): bigint =>
  bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)

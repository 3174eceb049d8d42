/** Source of random bytes; the operating system's, unless a caller needs another. */
export type RandomBytes = (sizeBytes: number) => Uint8Array

/** A random whole number from 1 to 2^53 - 1: fits a JSON number and a BIGINT, and tells nothing about order or count. */
export function randomId(randomBytes: RandomBytes): number {
  const [high = 0, ...rest] = randomBytes(7)
  const value = [high & 0b11111, ...rest].reduce((sum, byte) => sum * 256 + byte, 0)
  return value === 0 ? randomId(randomBytes) : value
}

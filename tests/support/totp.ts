/** One-time codes as an authenticator app makes them (RFC 6238), written apart from the library that the server uses. */
import { createHmac } from 'node:crypto'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The code that an authenticator shows at `atMs`.
 * @param address the `otpauth://totp/…` address that the QR code holds
 * @throws when the address is not one of a time-based code
 */
export function totpCode(address: string, atMs: number): string {
  const url = new URL(address)
  if (url.protocol !== 'otpauth:' || url.host !== 'totp')
    throw new Error('not an address of a time-based code')
  const secret = decodeBase32(url.searchParams.get('secret') ?? '')
  const digits = Number(url.searchParams.get('digits') ?? 6)
  const periodMs = Number(url.searchParams.get('period') ?? 30) * 1000
  const algorithm = (url.searchParams.get('algorithm') ?? 'SHA1').toLowerCase()
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(atMs / periodMs)))
  const mac = createHmac(algorithm, secret).update(step).digest()
  const offset = mac.readUInt8(mac.length - 1) & 0x0f
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** Decodes base32 (RFC 4648) with or without padding. Throws on any other character. */
export function decodeBase32(text: string): Buffer {
  const bytes: number[] = []
  let bits = 0
  let bitCount = 0
  for (const character of text.replace(/=+$/, '').toUpperCase()) {
    const value = BASE32.indexOf(character)
    if (value < 0) throw new Error(`not base32: ${character}`)
    bits = ((bits << 5) | value) & 0xfff
    bitCount += 5
    if (bitCount < 8) continue
    bitCount -= 8
    bytes.push((bits >> bitCount) & 0xff)
  }
  return Buffer.from(bytes)
}

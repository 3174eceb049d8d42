/** The code that opens a key backup: 128 random bits, in letters and digits that a person can copy from paper. */
import { concat, utf8, type Bytes } from './bytes.ts'
import type { Primitives } from './primitives.ts'

export const BACKUP_CODE_BYTES = 16
/** Crockford's base32: no I, L, O and U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_CHARACTERS = 26
const CHECK_CHARACTERS = 2
const GROUP_CHARACTERS = 4

/** Seven groups of four: 26 characters for the bits, two that show a slip of the pen. */
export async function writeBackupCode(
  primitives: Pick<Primitives, 'sha256'>,
  code: Bytes,
): Promise<readonly string[]> {
  const bits = BigInt(`0x${[...code].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
  const characters = Array.from(
    { length: CODE_CHARACTERS },
    (_, index) => ALPHABET[Number((bits >> BigInt(5 * (CODE_CHARACTERS - 1 - index))) & 31n)],
  )
  const text = characters.join('') + (await checkOf(primitives, code))
  return text.match(new RegExp(`.{${GROUP_CHARACTERS}}`, 'g')) ?? []
}

/** Reads what a person typed: any case, with or without dashes and spaces, O for 0 and I or L for 1. Null: not a code. */
export async function readBackupCode(
  primitives: Pick<Primitives, 'sha256'>,
  typed: string,
): Promise<Bytes | null> {
  const text = normalizeBackupCode(typed)
  if (text.length !== CODE_CHARACTERS + CHECK_CHARACTERS) return null
  const values = text.split('').map((character) => ALPHABET.indexOf(character))
  if (values.includes(-1)) return null
  const bits = values.slice(0, CODE_CHARACTERS).reduce((sum, value) => (sum << 5n) | BigInt(value), 0n)
  if (bits >> BigInt(8 * BACKUP_CODE_BYTES) !== 0n) return null
  const hex = bits.toString(16).padStart(2 * BACKUP_CODE_BYTES, '0')
  const code = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  return (await checkOf(primitives, code)) === text.slice(CODE_CHARACTERS) ? code : null
}

/** As it would be written, without its dashes. */
export const normalizeBackupCode = (typed: string): string =>
  typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')

async function checkOf(primitives: Pick<Primitives, 'sha256'>, code: Bytes): Promise<string> {
  const [high = 0, low = 0] = await primitives.sha256(concat(utf8('letterlock/backup-code/v1'), code))
  const value = ((high << 8) | low) >> 6
  return `${ALPHABET[value >> 5]}${ALPHABET[value & 31]}`
}

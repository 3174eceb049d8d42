/** Recovery codes: ten of 130 bits, numbered from 1, used in order, each once. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { toU64 } from '../bytes.ts'
import type { RandomBytes } from '../random-id.ts'
import type { Keyring } from '../secrets.ts'

const CODES = 10
const CODE_CHARACTERS = 26
/** Crockford's base32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export interface StoredRecoveryCode {
  readonly number: number
  readonly pepperId: number
  /** 16 bytes. */
  readonly salt: Uint8Array
  /** 48 bytes. */
  readonly tag: Uint8Array
}

/** A new list, in the order of its numbers. */
export const makeRecoveryCodes = (randomBytes: RandomBytes): string[] =>
  Array.from({ length: CODES }, () =>
    Array.from(randomBytes(CODE_CHARACTERS), (byte) => ALPHABET.charAt(byte & 31)).join(''),
  )

/** What is kept of a new list, in the order of its numbers. */
export const storeRecoveryCodes = (
  { account, codes }: { account: number; codes: readonly string[] },
  keeping: { pepper: Keyring; randomBytes: RandomBytes },
): StoredRecoveryCode[] =>
  codes.map((code, index) => storeRecoveryCode({ account, number: index + 1, code }, keeping))

/** What is kept of a code. */
export function storeRecoveryCode(
  place: { account: number; number: number; code: string },
  { pepper, randomBytes }: { pepper: Keyring; randomBytes: RandomBytes },
): StoredRecoveryCode {
  const salt = randomBytes(16)
  const pepperId = pepper.current.id
  return { number: place.number, pepperId, salt, tag: computeTag({ ...place, salt }, pepper.current.bytes) }
}

export function isRecoveryCode(
  code: string,
  account: number,
  stored: StoredRecoveryCode,
  pepper: Keyring,
): boolean {
  const key = pepper.find(stored.pepperId).bytes
  return timingSafeEqual(
    computeTag({ account, number: stored.number, code, salt: stored.salt }, key),
    stored.tag,
  )
}

function computeTag(
  { account, number, code, salt }: { account: number; number: number; code: string; salt: Uint8Array },
  key: Uint8Array,
): Buffer {
  return createHmac('sha384', key)
    .update(salt)
    .update(toU64(account))
    .update(Uint8Array.of(number))
    .update(code)
    .digest()
}

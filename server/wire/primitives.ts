/** The small types every other wire file is made of. Binary is canonical base64url without padding. */
import * as v from 'valibot'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The bits of the last character that no byte fills are zero: one text for the same bytes. */
function hasZeroSpareBits(text: string): boolean {
  const remainder = text.length % 4
  if (remainder === 1) return false
  if (remainder === 0) return true
  const last = ALPHABET.indexOf(text.at(-1) ?? '')
  return (last & (remainder === 2 ? 0b1111 : 0b11)) === 0
}

/** Base64url of exactly `sizeBytes` bytes. */
export const binary = (sizeBytes: number) => {
  const length = Math.ceil((sizeBytes * 4) / 3)
  return v.pipe(
    v.string(),
    v.length(length),
    v.regex(/^[A-Za-z0-9_-]+$/),
    v.check((text) => hasZeroSpareBits(text), 'not canonical base64url'),
  )
}

/** Base64url of `leastBytes` bytes or more. */
export const binaryOfAtLeast = (leastBytes: number, mostBytes: number) =>
  v.pipe(
    v.string(),
    v.minLength(Math.ceil((leastBytes * 4) / 3)),
    v.maxLength(Math.ceil((mostBytes * 4) / 3)),
    v.regex(/^[A-Za-z0-9_-]+$/),
    v.check((text) => hasZeroSpareBits(text), 'not canonical base64url'),
  )

/** Milliseconds since 1970, by the clock that the field's name says. */
export const timeMs = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** A random integer from 1 to 2^53 - 1, given by the server once and never to another person. */
export const accountId = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
/** Position in a log; 0 stands before its first entry. */
export const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
export const entryId = binary(16)
export const exchangeId = binary(16)
export const keySetId = binary(16)
export const prekeyId = binary(16)
export const installId = binary(16)
export const runToken = binary(16)
export const publicKey = binary(97)
/** 96-bit big-endian counter. */
export const iv = binary(12)
export const salt = binary(24)
export const mac = binary(32)

/** 3 to 32 of a-z, 0-9, dot, dash and underscore, beginning with a letter: one spelling, so that nobody can pass for another. */
export const username = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9._-]{2,31}$/, 'three to 32 of a-z 0-9 . - _, beginning with a letter'),
)

export const AUTHENTICATOR_NAME_MOST = 40
/** What the person calls an app or a key: not empty, no control characters, not blank at either end. */
export const authenticatorName = v.pipe(
  v.string(),
  v.maxLength(AUTHENTICATOR_NAME_MOST),
  v.regex(/^[^\s\p{Cc}\p{Cs}](?:[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*[^\s\p{Cc}\p{Cs}])?$/u),
)

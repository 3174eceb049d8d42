import { describe, expect, test } from 'vitest'
import { decodeBase32, totpCode } from '../support/totp.ts'

/** RFC 6238, appendix B: seconds and codes of eight digits, per hash. */
const SECRETS = {
  SHA1: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  SHA256: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA',
} as const

describe('totpCode', () => {
  test.each([
    ['SHA1', 59, '94287082'],
    ['SHA1', 1_111_111_109, '07081804'],
    ['SHA1', 20_000_000_000, '65353130'],
    ['SHA256', 59, '46119246'],
    ['SHA256', 1_234_567_890, '91819424'],
  ] as const)('gives the code of RFC 6238 for %s at %i s', (algorithm, seconds, code) => {
    const address = `otpauth://totp/Letterlock:alice?secret=${SECRETS[algorithm]}&algorithm=${algorithm}&digits=8`
    expect(totpCode(address, seconds * 1000)).toBe(code)
  })

  test('takes six digits, SHA-1 and 30 seconds where the address is silent', () => {
    expect(totpCode(`otpauth://totp/x?secret=${SECRETS.SHA1}`, 59_999)).toBe('287082')
  })

  test('refuses an address of another kind', () => {
    expect(() => totpCode('otpauth://hotp/x?secret=GEZDGNBV', 0)).toThrow(
      'not an address of a time-based code',
    )
  })
})

describe('decodeBase32', () => {
  test.each([
    ['', ''],
    ['MY======', 'f'],
    ['MZXW6===', 'foo'],
    ['mzxw6ytboi', 'foobar'],
  ])('decodes %j (RFC 4648)', (text, plain) => {
    expect(decodeBase32(text).toString()).toBe(plain)
  })
})

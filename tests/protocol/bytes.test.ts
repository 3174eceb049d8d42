import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  concat,
  equalBytes,
  fromBase64url,
  ivBytes,
  ivNumber,
  toBase64url,
  u64,
  utf8,
} from '../../pwa/protocol/bytes.ts'
import { toHex } from './hex.ts'

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => concat(bytes))

describe('toBase64url and fromBase64url', () => {
  test('give back the same bytes, as Node writes them', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = toBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(fromBase64url(text)).toEqual(bytes)
      }),
    )
  })

  test('take one text only for the same bytes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{0,9}$/), (text) => {
        let bytes
        try {
          bytes = fromBase64url(text)
        } catch {
          return
        }
        expect(toBase64url(bytes)).toBe(text)
      }),
    )
  })

  test.each(['A', 'AB', 'AAB', 'AA==', 'AA=', '+w', '/w', 'A A', ' AA', 'AA\n', 'ÄA', 'AAAAA'])(
    'refuse %j as malformed',
    (text) => {
      expect(() => fromBase64url(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
    },
  )
})

describe('u64', () => {
  test.each([
    [0, '0000000000000000'],
    [1, '0000000000000001'],
    [0x1_0000_0000, '0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
  ])('writes %d big-endian', (n, hex) => {
    expect(toHex(u64(n))).toBe(hex)
  })

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses %d', (n) => {
    expect(() => u64(n)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('ivBytes and ivNumber', () => {
  test('give back the same counter, big-endian', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 96n) - 1n }), (iv) => {
        expect(toHex(ivBytes(iv))).toBe(iv.toString(16).padStart(24, '0'))
        expect(ivNumber(ivBytes(iv))).toBe(iv)
      }),
    )
  })

  test('never wrap', () => {
    for (const iv of [-1n, 1n << 96n])
      expect(() => ivBytes(iv)).toThrow(expect.objectContaining({ code: 'iv_out_of_range' }))
    for (const sizeBytes of [0, 11, 13])
      expect(() => ivNumber(new Uint8Array(sizeBytes))).toThrow(
        expect.objectContaining({ code: 'iv_out_of_range' }),
      )
  })

  test('read a counter in the middle of other bytes', () => {
    const whole = concat(Uint8Array.of(9, 9, 9), ivBytes(258n), Uint8Array.of(9))
    expect(ivNumber(whole.subarray(3, 15))).toBe(258n)
  })
})

describe('equalBytes', () => {
  test('is true for the same bytes and false for any other', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(equalBytes(a, concat(a))).toBe(true)
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)
      }),
    )
  })

  test('sees one flipped bit anywhere', () => {
    const bytes = new Uint8Array(32)
    for (let bit = 0; bit < 256; bit++) {
      const other = new Uint8Array(32)
      other[bit >> 3] = 1 << (bit & 7)
      expect(equalBytes(bytes, other)).toBe(false)
    }
  })
})

describe('concat and utf8', () => {
  test('keep order and bytes', () => {
    expect(concat()).toHaveLength(0)
    expect(toHex(concat(utf8('é'), Uint8Array.of(0, 255), utf8('a')))).toBe('c3a900ff61')
  })
})

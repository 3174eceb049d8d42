import { is } from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  countCharacters,
  findPasswordFault,
  formatSecret,
  isHardToTypeElsewhere,
  parseOneTimeCode,
  parseUsername,
} from '../../pwa/ui/account/credentials.ts'
import { username } from '../../server/wire/primitives.ts'

describe('parseUsername', () => {
  test('gives the one spelling', () => {
    expect(parseUsername(' Alice ')).toBe('alice')
  })

  test.each([
    'abc',
    'a23',
    'a.b-c_d',
    `a${'b'.repeat(31)}`,
    'ab',
    '1abc',
    '.abc',
    `a${'b'.repeat(32)}`,
    'a b',
    'aéb',
    '',
  ])('agrees with the server about %j', (name) => {
    expect(parseUsername(name)).toBe(is(username, name) ? name : null)
  })
})

describe('parseOneTimeCode', () => {
  test.each(['123456', '123 456', ' 123456\n', '000000'])('reads %j', (typed) => {
    expect(parseOneTimeCode(typed)).toBe(typed.replace(/\s/g, ''))
  })

  test.each(['', '12345', '1234567', '12345a', '１２３４５６', '-12345'])('refuses %j', (typed) => {
    expect(parseOneTimeCode(typed)).toBeNull()
  })
})

describe('countCharacters', () => {
  test.each([
    ['code points, not code units', '😀'.repeat(7), 7],
    ['the fewer, where normalising joins', 'e\u0301'.repeat(4), 4],
    ['the fewer, where normalising spreads', '\uFDFA', 1],
  ])('counts %s', (_case, password, count) => {
    expect(countCharacters(password)).toBe(count)
  })
})

describe('findPasswordFault', () => {
  test.each(['12345678', '😀'.repeat(8), 'x'.repeat(128), '😀'.repeat(128), '        '])(
    'takes %j',
    (password) => {
      expect(findPasswordFault(password)).toBeNull()
    },
  )

  test.each(['', '1234567', '😀'.repeat(7), 'e\u0301'.repeat(4)])('finds %j too short', (password) => {
    expect(findPasswordFault(password)).toContain('at least 8')
  })

  test('finds 129 characters too long', () => {
    expect(findPasswordFault('x'.repeat(129))).toContain('at most 128')
  })
})

describe('isHardToTypeElsewhere', () => {
  test('is false for printing ASCII and space', () => {
    const all = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index)).join('')
    expect(isHardToTypeElsewhere(all)).toBe(false)
  })

  test.each(['é', '😀', '日', '\u00A0', '\t'])('is true with %j', (character) => {
    expect(isHardToTypeElsewhere(`pass${character}word`)).toBe(true)
  })
})

describe('formatSecret', () => {
  test('groups by four', () => {
    expect(formatSecret('JBSWY3DPEHPK3PXP')).toBe('JBSW Y3DP EHPK 3PXP')
  })
})

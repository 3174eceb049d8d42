import { describe, expect, test } from 'vitest'
import { isSequence } from '../../../server/accounts/password-sequence.ts'

describe('isSequence', () => {
  test.each([
    'aaaaaaaa',
    '        ',
    'abcdefgh',
    '87654321',
    '1234abcd',
    'abcabcabc',
    'qwertyuiop',
    'QWERTZUI',
    'asdfqwer',
    '1qaz2wsx',
    '😀😁😀😁😀😁😀😁',
    'abc'.repeat(40),
  ])('is so of %s', (password) => {
    expect(isSequence(password)).toBe(true)
  })

  test.each(['zzz-tree-zzz-lamp', 'abcdefgh!', '19283746', 'tkzqwmba', 'aabbccdd', 'tkzqbtkzqb'])(
    'is not so of %s',
    (password) => {
      expect(isSequence(password)).toBe(false)
    },
  )
})

import { describe, expect, test } from 'vitest'
import { contextWords, isContextual } from '../../../server/accounts/password-context.ts'

const WORDS = contextWords('alice', 'https://chat.example.com')

describe('contextWords', () => {
  test('are the username, the longer parts of the host name and the service’s own name', () => {
    expect(WORDS).toEqual(expect.arrayContaining(['alice', 'chat', 'example', 'letterlock']))
    expect(WORDS).not.toContain('com')
  })
})

describe('isContextual', () => {
  test.each([
    'alice2024!',
    'Alice-2024',
    '@l1c32024',
    'ecila',
    'alicealice',
    'ecilaecila',
    'letterlock1',
    'Letter-Lock!',
    'p@$$w0rd123',
    'example99',
  ])('is so of %s', (password) => {
    expect(isContextual(password, WORDS)).toBe(true)
  })

  test.each([
    'alice-correct-horse-battery',
    'tkzqwmba',
    'correct horse',
    'comcomcom',
    'alice 你好你好你好你好',
  ])('is not so of %s', (password) => {
    expect(isContextual(password, WORDS)).toBe(false)
  })
})

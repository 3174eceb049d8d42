import { describe, expect, test } from 'vitest'
import { readPageMessage } from '../../sw/messages.ts'

describe('readPageMessage', () => {
  test('reads what the first build says', () => {
    expect(readPageMessage({ type: 'SKIP_WAITING' })).toEqual({ type: 'SKIP_WAITING' })
  })

  test('reads as much as it knows of what a later build says', () => {
    expect(readPageMessage({ type: 'SKIP_WAITING', build: 'next' })).toEqual({ type: 'SKIP_WAITING' })
    expect(readPageMessage({ type: 'SOMETHING_NEW' })).toBeNull()
  })

  test.each([null, undefined, 'SKIP_WAITING', 7, [], {}])('passes over %s', (value) => {
    expect(readPageMessage(value)).toBeNull()
  })
})

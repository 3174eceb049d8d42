import { Dexie } from 'dexie'
import { describe, expect, test } from 'vitest'
import { isForWantOfRoom } from '../../pwa/client/want-of-room.ts'

const refusal = new DOMException('no room', 'QuotaExceededError')

describe('isForWantOfRoom', () => {
  test('knows the browser’s refusal, also inside what a transaction or a command made of it', () => {
    const aborted = new Dexie.AbortError('the transaction was aborted', refusal)
    expect(isForWantOfRoom(refusal)).toBe(true)
    expect(isForWantOfRoom(aborted)).toBe(true)
    expect(isForWantOfRoom(new Error('not kept', { cause: aborted }))).toBe(true)
  })

  test.each([
    new Error('else'),
    new DOMException('else', 'AbortError'),
    'QuotaExceededError',
    null,
    undefined,
  ])('takes %s for something else', (error) => expect(isForWantOfRoom(error)).toBe(false))
})

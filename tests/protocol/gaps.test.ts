import { describe, expect, test } from 'vitest'
import { checkChangeIv, checkCount, noteContent } from '../../pwa/protocol/gaps.ts'
import { acceptPosition, checkLogReference, emptyLog } from '../../pwa/protocol/order.ts'
import { HASH, makeTools } from './two-parties.ts'

const empty = await emptyLog(makeTools(), 7, 12)
const log = (seq: number) => ({ seq, hash: HASH })

describe('checkCount', () => {
  const state = noteContent(empty, 7, { keys: 'k', n: 3, log: log(2) })

  test.each([
    [4, null],
    [5, 'gap'],
    [3, 'repeated'],
    [1, 'repeated'],
  ])('after message 3, message %d is %s', (n, verdict) => {
    expect(checkCount(state, 7, { keys: 'k', n })).toBe(verdict)
  })

  test.each([
    [1, null],
    [2, 'gap'],
  ])('under new keys, message %d is %s', (n, verdict) => {
    expect(checkCount(state, 7, { keys: 'l', n })).toBe(verdict)
    expect(checkCount(empty, 7, { keys: 'k', n })).toBe(verdict)
  })

  test('counts each sender alone', () => {
    expect(checkCount(state, 12, { keys: 'k', n: 1 })).toBeNull()
  })
})

describe('noteContent', () => {
  test('never goes back', () => {
    const first = noteContent(empty, 7, { keys: 'k', n: 3, log: log(9) })
    const second = noteContent(first, 7, { keys: 'k', n: 2, log: log(4) })
    expect(second).toEqual(first)
  })

  test('lets a falling reference be seen', () => {
    const state = { ...noteContent(empty, 7, { keys: 'k', n: 1, log: log(9) }), seq: 20 }
    expect(checkLogReference(state, 7, { log: log(8), ownHash: HASH })).toBe('falling')
    expect(checkLogReference(state, 12, { log: log(8), ownHash: HASH })).toBeNull()
  })
})

describe('checkChangeIv', () => {
  const state = acceptPosition(empty, 7, { exchangeSeq: 2, epoch: 1, iv: 5n, keys: 'k' })
  if (typeof state === 'string') throw new Error(state)

  test.each([
    [5n, null],
    [6n, 'gap'],
    [4n, 'went_back'],
    [0n, 'went_back'],
  ])('after IV 5, a change that says %d is %s', (iv, verdict) => {
    expect(checkChangeIv(state, 7, { keys: 'k', iv })).toBe(verdict)
  })

  test('of keys that the sender never sealed under says 0', () => {
    expect(checkChangeIv(state, 7, { keys: 'l', iv: 0n })).toBeNull()
    expect(checkChangeIv(state, 7, { keys: 'l', iv: 1n })).toBe('gap')
    expect(checkChangeIv(state, 12, { keys: 'k', iv: 0n })).toBeNull()
  })
})

import { describe, expect, test } from 'vitest'
import { checkChangeIv, checkCount, checkLogReference, noteContent } from '../../pwa/protocol/gaps.ts'
import { emptyLog } from '../../pwa/protocol/log-state.ts'
import { acceptPosition } from '../../pwa/protocol/positions.ts'
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

describe('checkLogReference', () => {
  const other = `${'A'.repeat(42)}E`
  const state = { ...empty, seq: 10, lastLogSeq: { 7: 5, 12: 0 } }

  test.each([
    ['the head before the message', 9, HASH, HASH, null],
    ['the same head as before', 5, HASH, HASH, null],
    ['a hash of another log', 9, other, HASH, 'fork'],
    ['its own place in the log', 10, HASH, HASH, 'fork'],
    ['a head that this log does not have', 11, HASH, null, 'fork'],
    ['an earlier head than before', 4, HASH, HASH, 'falling'],
    ['an earlier head of another log', 4, other, HASH, 'fork'],
    ['a head whose hash is not held', 9, other, null, null],
  ] as const)('of %s', (_what, seq, hash, ownHash, verdict) => {
    expect(checkLogReference(state, 7, { log: { seq, hash }, ownHash })).toBe(verdict)
  })

  test('holds each sender to its own references', () => {
    expect(checkLogReference(state, 12, { log: { seq: 4, hash: HASH }, ownHash: HASH })).toBeNull()
  })
})

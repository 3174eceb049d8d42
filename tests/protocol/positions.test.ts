import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyLog, type LogState, type Position } from '../../pwa/protocol/log-state.ts'
import { acceptPosition } from '../../pwa/protocol/positions.ts'
import { makeTools } from './two-parties.ts'

const A = 7
const B = 12
const empty = await emptyLog(makeTools(), A, B)

describe('acceptPosition', () => {
  const at = (
    exchangeSeq: number,
    epoch: number,
    iv: bigint,
    keys = `${exchangeSeq}.${epoch}`,
  ): Position => ({
    exchangeSeq,
    epoch,
    iv,
    keys,
  })
  const accept = (state: LogState, position: Position) => {
    const next = acceptPosition(state, A, position)
    if (typeof next === 'string') throw new Error(next)
    return next
  }
  const state = accept(empty, at(10, 2, 5n))

  test.each([
    ['a higher IV', at(10, 2, 6n)],
    ['an IV that skips', at(10, 2, 1n << 95n)],
    ['a change to the next epoch', at(10, 3, 0n)],
    ['an epoch that skips', at(10, 9, 1n)],
    ['a later exchange', at(11, 1, 1n)],
  ])('takes %s', (_what, position) => {
    expect(accept(state, position).positions[A]).toEqual(position)
  })

  test.each([
    ['the same IV', at(10, 2, 5n)],
    ['a lower IV', at(10, 2, 4n)],
    ['the change that began the epoch', at(10, 2, 0n)],
    ['an earlier epoch', at(10, 1, 99n)],
    ['an earlier exchange', at(9, 99, 99n)],
  ])('refuses %s as a replay', (_what, position) => {
    expect(acceptPosition(state, A, position)).toBe('replay')
  })

  test('refuses another key set of the same epoch', () => {
    expect(acceptPosition(state, A, at(10, 2, 6n, 'other'))).toBe('key_set_conflict')
  })

  test('holds each sender to its own positions and key sets', () => {
    expect(acceptPosition(state, B, at(10, 2, 1n, 'other'))).toMatchObject({
      positions: { [A]: at(10, 2, 5n), [B]: at(10, 2, 1n, 'other') },
    })
  })

  test('accepts a strictly growing run and nothing else, from any entries in any order', () => {
    const position = fc
      .record({
        exchangeSeq: fc.integer({ min: 1, max: 3 }),
        epoch: fc.integer({ min: 1, max: 3 }),
        iv: fc.bigInt({ min: 0n, max: 4n }),
      })
      .map(({ exchangeSeq, epoch, iv }) => at(exchangeSeq, epoch, iv))
    const rank = ({ exchangeSeq, epoch, iv }: Position) => exchangeSeq * 100 + epoch * 10 + Number(iv)
    fc.assert(
      fc.property(fc.array(position, { maxLength: 30 }), (positions) => {
        let log = empty
        let highest = -1
        for (const one of positions) {
          const next = acceptPosition(log, A, one)
          if (rank(one) > highest) {
            expect(next).toMatchObject({ positions: { [A]: one } })
            highest = rank(one)
          } else expect(next).toBe('replay')
          if (typeof next !== 'string') log = next
        }
      }),
    )
  })
})

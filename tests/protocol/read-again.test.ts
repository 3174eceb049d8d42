import { describe, expect, test } from 'vitest'
import { emptyLog, type LogState } from '../../pwa/protocol/log-state.ts'
import { keepWhatWasRead } from '../../pwa/protocol/read-again.ts'
import { makeTools } from './two-parties.ts'

const A = 7
const B = 12
const empty = await emptyLog(makeTools(), A, B)

const at = (exchangeSeq: number, iv: bigint) => ({ exchangeSeq, epoch: 0, iv, keys: `of ${exchangeSeq}` })
const counted = (n: number) => ({ keys: 'of 2', n })
const report = (identity: string, exchange: string) => ({ by: B, identity, exchange, confirmedSeq: 3 })

describe('keepWhatWasRead', () => {
  test('goes back to no position, and to no count of it', () => {
    const before: LogState = {
      ...empty,
      positions: { [A]: at(2, 9n), [B]: at(2, 4n) },
      counts: { [A]: counted(9), [B]: null },
    }
    const again: LogState = {
      ...empty,
      positions: { [A]: null, [B]: at(4, 1n) },
      counts: { [A]: null, [B]: counted(1) },
    }
    const { positions, counts } = keepWhatWasRead(again, before)
    expect(positions).toEqual({ [A]: at(2, 9n), [B]: at(4, 1n) })
    expect(counts).toEqual({ [A]: counted(9), [B]: counted(1) })
  })

  test('keeps the furthest reference to the log of each account', () => {
    const before: LogState = { ...empty, lastLogSeq: { [A]: 5, [B]: 6 } }
    const again: LogState = { ...empty, lastLogSeq: { [A]: 8, [B]: 0 } }
    expect(keepWhatWasRead(again, before).lastLogSeq).toEqual({ [A]: 8, [B]: 6 })
  })

  test('keeps each report of lost exchanges once', () => {
    const before: LogState = { ...empty, lost: [report('old', 'x'), report('old', 'y')] }
    const again: LogState = { ...empty, lost: [report('old', 'x'), report('new', 'y')] }
    expect(keepWhatWasRead(again, before).lost).toEqual([...again.lost, report('old', 'y')])
  })

  test('gives what was read again as it is where nothing was known before', () => {
    const again: LogState = { ...empty, positions: { [A]: at(2, 1n), [B]: null }, lost: [report('old', 'x')] }
    expect(keepWhatWasRead(again, empty)).toEqual(again)
  })
})

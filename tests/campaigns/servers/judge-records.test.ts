import { describe, expect, test } from 'vitest'
import { judgeRecords, type Position, type Records } from './judge-records.ts'

const log: Position[] = ['a', 'b', 'c'].map((id, index) => ({ seq: index + 1, id }))
const [a, b, c] = log as [Position, Position, Position] // made of three just above

/** Three entries, acknowledged at 10, 20 and 30; one client that follows, another that pulled twice. */
const whole: Records = {
  log,
  acknowledged: log.map((position) => ({ ...position, at: position.seq * 10 })),
  reads: [
    [
      { askedAt: 12, at: 15, after: 0, head: 2, entries: [a, b] },
      { askedAt: 31, at: 33, after: 2, head: 3, entries: [c] },
    ],
  ],
  shown: [log],
}
const read = { askedAt: 40, at: 41, after: 0, head: 3, entries: log }

describe('judgeRecords', () => {
  test('finds nothing where every promise was kept', () => {
    expect(judgeRecords(whole)).toEqual([])
    // An append that was not answered may stand in the log or not.
    expect(judgeRecords({ ...whole, acknowledged: [] })).toEqual([])
  })

  test.each<[string, Partial<Records>, RegExp]>([
    ['an acknowledged entry that is lost', { acknowledged: [{ seq: 4, id: 'd', at: 99 }] }, /d was .* lost/],
    [
      'an entry acknowledged elsewhere',
      { acknowledged: [{ seq: 2, id: 'c', at: 1 }] },
      /at 2 and stands at 3/,
    ],
    ['a gap', { log: [a, c], shown: [], reads: [], acknowledged: [] }, /has 3 where 2 belongs/],
    [
      'an entry that stands twice',
      { log: [a, b, { seq: 3, id: 'a' }], shown: [], reads: [], acknowledged: [] },
      /1 entries stand twice/,
    ],
    ['a read of another order', { reads: [[{ ...read, entries: [b, a, c] }]] }, /read b at 2, after 0/],
    ['a read with a hole', { reads: [[{ ...read, entries: [a, c] }]] }, /read c at 3/],
    [
      'a head that goes back',
      { reads: [[read, { ...read, head: 2, entries: [a, b] }]], acknowledged: [] },
      /the head 2 after 3/,
    ],
    ['a stale read', { reads: [[{ ...read, head: 2, entries: [a, b] }]] }, /head 2 when 3 was acknowledged/],
    ['an entry that is shown twice', { shown: [[a, b, b, c]] }, /showed b as number 3/],
    ['two orders for two readers', { shown: [log, [a, c, b]] }, /client 1 showed c as number 2/],
    ['an entry that is never shown', { shown: [[a, b]] }, /showed 2 of 3 entries/],
  ])('finds %s', (_what, changed, words) => {
    expect(judgeRecords({ ...whole, ...changed })).toEqual([expect.stringMatching(words)])
  })
})

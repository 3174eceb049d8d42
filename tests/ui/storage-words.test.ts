import { describe, expect, test } from 'vitest'
import type { BackupState } from '../../pwa/client/contract/key-backup.ts'
import { describeBackups, describePromise, describeRisk, describeSpace } from '../../pwa/ui/storage-words.ts'

const NONE: BackupState = {
  lock: null,
  isOnServer: false,
  fileAt: null,
  serverAt: null,
  isFileOld: false,
  isReplaced: false,
}
const noonOf = (day: number): number => new Date(2026, 10, day, 12).getTime()

describe('describePromise', () => {
  test.each([
    [true, /^Yes/],
    [false, /^Not yet/],
    [null, /makes no such promise/],
  ])('of %s', (isPersistent, words) => {
    expect(describePromise({ engine: 'other', isPersistent, space: null })).toMatch(words)
  })
})

describe('describeSpace', () => {
  test.each([
    [{ usedBytes: 0, leftBytes: 3_400_000_000 }, 'less than 1 MB used, 3.4 GB left.'],
    [{ usedBytes: 12_400_000, leftBytes: 100_000_000 }, '12 MB used, 100 MB left.'],
    [
      { usedBytes: 12_400_000, leftBytes: 99_000_000 },
      '12 MB used, 99 MB left. Free some space on this device.',
    ],
    [null, 'This browser does not tell.'],
  ])('of %j is %s', (space, words) => {
    expect(describeSpace(space)).toBe(words)
  })
})

describe('describeBackups', () => {
  test.each([
    [{}, 'None. If the keys are lost, the messages stay closed.'],
    [{ lock: 'code' }, 'Set up, but none was made yet.'],
    [{ lock: 'code', serverAt: noonOf(21) }, /^Last on the server Yesterday at /],
    [
      { lock: 'code', serverAt: noonOf(22), fileAt: noonOf(3) },
      /^Last on the server at .*, as a file 3 Nov at /,
    ],
  ] as const)('of %j', (state, words) => {
    expect(describeBackups({ ...NONE, ...state }, noonOf(22) + 1)).toMatch(words)
  })
})

describe('describeRisk', () => {
  const use = { messageCount: 10, absence: { days: 6, endedAt: 5 }, hintPutOffAt: null }

  test('names what the browser does, and how long the person was away', () => {
    expect(describeRisk('full', use)).toMatch(/short of room/)
    expect(describeRisk('unvisited', use)).toMatch(/seven days\. You were away for 6 days\.$/)
  })

  test('leaves out an absence that the person has heard of', () => {
    expect(describeRisk('unvisited', { ...use, hintPutOffAt: 6 })).toMatch(/seven days\.$/)
  })
})

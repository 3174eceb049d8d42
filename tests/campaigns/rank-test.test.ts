import { describe, expect, test } from 'vitest'
import { createRandomness } from '../sim/randomness.ts'
import { median, rankTest } from './rank-test.ts'

const randomness = createRandomness(1)
/** Differences of two draws that are alike, but for a shift of the first. */
const draw = (length: number, shift = 0): number[] =>
  Array.from({ length }, () => randomness.next() + shift - randomness.next())

describe('rankTest', () => {
  test('finds something by chance as often as it says', () => {
    const found = Array.from({ length: 2000 }, () => rankTest(draw(50))).filter((p) => p < 0.05)
    expect(found.length / 2000).toBeGreaterThan(0.035)
    expect(found.length / 2000).toBeLessThan(0.065)
  })

  test('finds a shift by a third of the spread, to either side', () => {
    expect(rankTest(draw(100, 0.33))).toBeLessThan(1e-4)
    expect(rankTest(draw(100, -0.33))).toBeLessThan(1e-4)
  })
})

describe('median', () => {
  test('is the middle, or between the two that are there', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })
})

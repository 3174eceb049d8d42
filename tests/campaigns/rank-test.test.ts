import { describe, expect, test } from 'vitest'
import { createRandomness } from '../sim/randomness.ts'
import { median, rankTest } from './rank-test.ts'

const count = (length: number, offset = 0): number[] => Array.from({ length }, (_, index) => index + offset)

describe('rankTest', () => {
  test('finds nothing in groups that are alike', () => {
    expect(rankTest(count(50), count(50))).toBeCloseTo(1, 5)
  })

  test('finds a shift by half of the spread', () => {
    expect(rankTest(count(50), count(50, 25))).toBeLessThan(1e-6)
  })

  test('finds something by chance as often as it says', () => {
    const randomness = createRandomness(1)
    const draw = () => Array.from({ length: 30 }, () => randomness.next())
    const found = Array.from({ length: 2000 }, () => rankTest(draw(), draw())).filter((p) => p < 0.05)
    expect(found.length / 2000).toBeGreaterThan(0.03)
    expect(found.length / 2000).toBeLessThan(0.07)
  })
})

describe('median', () => {
  test('is the middle, or between the two that are there', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })
})

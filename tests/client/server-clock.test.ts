import { describe, expect, test } from 'vitest'
import { createServerClock } from '../../pwa/client/api/server-clock.ts'

describe('createServerClock', () => {
  test('knows no time before the server was heard', () => {
    const clock = createServerClock(() => 1_000)
    expect(clock.now()).toBeNull()
    expect(clock.isVague()).toBe(false)
  })

  test('takes the server for asked in the middle of the way', () => {
    const clock = createServerClock(() => 1_000)
    clock.observe(50_000, 800, 1_000)
    expect(clock.now()).toBe(50_100)
    expect(clock.isVague()).toBe(false)
  })

  test.each([
    [4_000, false],
    [4_002, true],
  ])('after %i ms on the way its vagueness is %s', (onTheWayMs, isVague) => {
    const clock = createServerClock(() => 10_000)
    clock.observe(50_000, 10_000 - onTheWayMs, 10_000)
    expect(clock.isVague()).toBe(isVague)
  })

  test('believes a quick answer after one that was minutes on its way', () => {
    let nowMs = 200_000
    const clock = createServerClock(() => nowMs)
    clock.observe(1_000_000, 0, nowMs)
    expect(clock.now()).toBe(1_100_000)
    nowMs += 100
    clock.observe(1_000_050, nowMs - 100, nowMs)
    expect(clock.now()).toBe(1_000_100)
    expect(clock.isVague()).toBe(false)
  })
})

import { describe, expect, test } from 'vitest'
import { createServerClock } from '../../pwa/client/api/server-clock.ts'

describe('createServerClock', () => {
  let nowMs: number
  const clockAt = (startMs: number) => {
    nowMs = startMs
    return createServerClock(() => nowMs)
  }

  test('knows no time before the server was heard', () => {
    const clock = clockAt(1_000)
    expect(clock.now()).toBeNull()
    expect(clock.isVague()).toBe(false)
  })

  test('takes the server for asked in the middle of the way', () => {
    const clock = clockAt(800)
    const hear = clock.ask()
    nowMs = 1_000
    hear(50_000)
    expect(clock.now()).toBe(50_100)
    expect(clock.isVague()).toBe(false)
  })

  test.each([
    [4_000, false],
    [4_002, true],
  ])('after %i ms on the way its vagueness is %s', (onTheWayMs, isVague) => {
    const clock = clockAt(10_000)
    const hear = clock.ask()
    nowMs += onTheWayMs
    hear(50_000)
    expect(clock.isVague()).toBe(isVague)
  })

  test('believes a quick answer after one that was minutes on its way', () => {
    const clock = clockAt(0)
    const hearLate = clock.ask()
    nowMs = 200_000
    hearLate(1_000_000)
    expect(clock.now()).toBe(1_100_000)
    const hear = clock.ask()
    nowMs += 100
    hear(1_000_050)
    expect(clock.now()).toBe(1_000_100)
    expect(clock.isVague()).toBe(false)
  })
})

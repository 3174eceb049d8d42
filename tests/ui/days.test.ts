import { describe, expect, test, vi } from 'vitest'
import { describeDay, describeMoment, describeTime, isSameDay } from '../../pwa/ui/timeline/days.ts'

// A place where clocks change: 29 March and 25 October 2026.
vi.stubEnv('TZ', 'Europe/Berlin')

/** A moment by the clock of this device. */
const at = (year: number, month: number, day: number, hour = 12, minute = 0) =>
  new Date(year, month - 1, day, hour, minute).getTime()

/** A Thursday. */
const NOW = at(2026, 3, 12, 9, 30)

describe('describeDay', () => {
  test.each([
    ['the first minute of this day', at(2026, 3, 12, 0, 0), 'Today'],
    ['the last minute of this day', at(2026, 3, 12, 23, 59), 'Today'],
    ['the last minute of the day before', at(2026, 3, 11, 23, 59), 'Yesterday'],
    ['two days ago', at(2026, 3, 10), 'Tuesday'],
    ['six days ago', at(2026, 3, 6), 'Friday'],
    ['a week ago', at(2026, 3, 5), 'Thursday 5 March'],
    ['the first day of this year', at(2026, 1, 1), 'Thursday 1 January'],
    ['the last day of the year before', at(2025, 12, 31), '31 December 2025'],
    ['a day to come, when a clock is wrong', at(2026, 3, 14), 'Saturday 14 March'],
  ])('names %s', (_case, moment, words) => {
    expect(describeDay(moment, NOW)).toBe(words)
  })

  test('counts days by the calendar, not by 24 hours', () => {
    expect(describeDay(at(2026, 3, 11, 23, 59), at(2026, 3, 12, 0, 1))).toBe('Yesterday')
  })

  test.each([
    ['spring', at(2026, 3, 28, 12), at(2026, 3, 30, 0, 30)],
    ['autumn', at(2026, 10, 24, 23, 30), at(2026, 10, 26, 0, 30)],
  ])('counts two days across the change of clocks in %s', (_season, moment, now) => {
    expect(new Date(moment).getTimezoneOffset()).not.toBe(new Date(now).getTimezoneOffset())
    expect(describeDay(moment, now)).toBe('Saturday')
  })
})

describe('describeMoment', () => {
  test.each([
    ['yesterday', at(2026, 3, 11), 'Yesterday'],
    ['this week', at(2026, 3, 10), 'Tue'],
    ['this year', at(2026, 1, 5), '5 Jan'],
    ['another year', at(2025, 12, 31), '31/12/2025'],
  ])('is short for %s', (_case, moment, words) => {
    expect(describeMoment(moment, NOW)).toBe(words)
  })

  test('is the time of day for today', () => {
    expect(describeMoment(at(2026, 3, 12, 8, 5), NOW)).toBe(describeTime(at(2026, 3, 12, 8, 5)))
    expect(describeTime(at(2026, 3, 12, 8, 5))).toMatch(/8[:.]05/)
  })
})

describe('isSameDay', () => {
  test('parts days at midnight', () => {
    expect(isSameDay(at(2026, 3, 12, 0, 0), at(2026, 3, 12, 23, 59))).toBe(true)
    expect(isSameDay(at(2026, 3, 12, 23, 59), at(2026, 3, 13, 0, 0))).toBe(false)
  })
})

/** Days and times as people say them. All of them by the clock and time zone of this device. */

const DAY_MS = 24 * 60 * 60 * 1000
const LANGUAGE = 'en-GB'

/** "Today", "Yesterday", "Monday", "3 March" or "3 March 2024": the line above the messages of a day. */
export function describeDay(at: number, now: number): string {
  const days = countDaysBetween(at, now)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days > 1 && days < 7) return format(at, { weekday: 'long' })
  if (isSameYear(at, now)) return format(at, { weekday: 'long', day: 'numeric', month: 'long' })
  return describeDateShortly(at)
}

/** "Monday, 3 March 2024", for tooltips. */
export function describeDate(at: number): string {
  return format(at, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
}

/** "3 March 2024". */
export function describeDateShortly(at: number): string {
  return format(at, { day: 'numeric', month: 'long', year: 'numeric' })
}

/** "10:32", "Yesterday", "Mon" or "03/03/2024": short enough for the conversation list. */
export function describeMoment(at: number, now: number): string {
  const days = countDaysBetween(at, now)
  if (days === 0) return describeTime(at)
  if (days === 1) return 'Yesterday'
  if (days > 1 && days < 7) return format(at, { weekday: 'short' })
  if (isSameYear(at, now)) return format(at, { day: 'numeric', month: 'short' })
  return format(at, { day: '2-digit', month: '2-digit', year: 'numeric' })
}

/** The time of day, in 12 or 24 hours as this device has it. */
export function describeTime(at: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' }).format(at)
}

/** Day and time in full, for tooltips. */
export function describeInFull(at: number): string {
  return `${describeDate(at)}, ${describeTime(at)}`
}

/** True if both moments are on one calendar day. */
export function isSameDay(one: number, other: number): boolean {
  return countDaysBetween(one, other) === 0
}

/** Calendar days from one moment to a later one; rounding takes up the hour that a change of the clocks adds or takes. */
function countDaysBetween(earlier: number, later: number): number {
  return Math.round((startOfDay(later) - startOfDay(earlier)) / DAY_MS)
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

function isSameYear(one: number, other: number): boolean {
  return new Date(one).getFullYear() === new Date(other).getFullYear()
}

function format(at: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LANGUAGE, options).format(at)
}

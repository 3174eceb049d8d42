import { describe, expect, test } from 'vitest'
import { securityEventKind } from '../../server/wire/security.ts'
import { describeCodesLeft, describeEvent, describeWhen } from '../../pwa/ui/account/security-words.ts'

describe('describeEvent', () => {
  test.each(securityEventKind.options)('has words for %s', (kind) => {
    const event = { id: 1, at: 1, kind, browser: 'Firefox on Windows', address: '192.0.2.7', isThis: false }
    expect(describeEvent(event)).toMatch(/^[A-Z][a-z -]+$/)
  })
})

describe('describeCodesLeft', () => {
  test.each([
    [10, '10 left.'],
    [4, '4 left.'],
    [3, '3 left. Make new ones before you run out.'],
    [1, 'One left. Make new ones before you run out.'],
    [0, 'None left. Make new ones: without them, a lost app locks you out.'],
  ])('says of %i what to do', (left, words) => {
    expect(describeCodesLeft(left)).toBe(words)
  })
})

describe('describeWhen', () => {
  const now = new Date(2026, 10, 22, 12).getTime()

  test('leaves today away, and names other days', () => {
    expect(describeWhen(now - 60_000, now)).toMatch(/^at 11[:.]59/)
    expect(describeWhen(new Date(2026, 10, 21, 9).getTime(), now)).toMatch(/^Yesterday at 0?9[:.]00/)
  })
})

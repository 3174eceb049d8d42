import { describe, expect, test } from 'vitest'
import { describeCameraFault } from '../../pwa/ui/safety/camera-words.ts'
import { compareCode } from '../../pwa/ui/safety/compare-code.ts'

const expected = '0123456789'.repeat(6)

describe('compareCode', () => {
  test('recognises the same 60 digits, however they are spaced', () => {
    expect(compareCode(expected, expected)).toBe('same')
    expect(compareCode(`${expected.replaceAll(/(.{5})/g, '$1 ')}\n`, expected)).toBe('same')
  })

  test.each([0, 29, 30, 59])('tells another digit at place %d', (place) => {
    const other = expected.slice(0, place) + (expected[place] === '1' ? '2' : '1') + expected.slice(place + 1)
    expect(compareCode(other, expected)).toBe('different')
  })

  test.each(['', 'https://example.org', expected.slice(1), `${expected}0`, expected.replace('0', 'O')])(
    'takes %j for no safety number',
    (text) => {
      expect(compareCode(text, expected)).toBe('foreign')
    },
  )
})

describe('describeCameraFault', () => {
  test.each(['NotAllowedError', 'NotFoundError', 'NotReadableError', 'OverconstrainedError', 'toString'])(
    'has sentences for %s',
    (name) => {
      expect(describeCameraFault(new DOMException('of the browser', name))).toMatch(/^[A-Z].*\.$/)
    },
  )

  test('has one for what is no error', () => {
    expect(describeCameraFault('thrown text')).toMatch(/^The camera could not be started\./)
  })
})

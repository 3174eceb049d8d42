import { describe, expect, test } from 'vitest'
import { describeAsker, describeOwnAsking, describeShareable } from '../../pwa/ui/sharing-words.ts'

const MARCH = Date.UTC(2026, 2, 3, 12)
const APRIL = Date.UTC(2026, 3, 12, 12)
const question = {
  state: 'asked',
  ask: 'id',
  isCodeChanged: true,
  isVerified: false,
  ownCount: 200,
  contactCount: 212,
  firstAt: MARCH,
  lastAt: APRIL,
} as const
const asking = {
  state: 'done',
  isDismissed: false,
  againAt: null,
  taken: 412,
  total: 412,
  missing: 0,
  refused: 0,
} as const

describe('describeShareable', () => {
  test.each([
    [
      question,
      'You would send 412 messages, 200 of yours and 212 of Alice’s, from 3 March 2026 to 12 April 2026.',
    ],
    [
      { ...question, ownCount: 0, contactCount: 1, lastAt: MARCH },
      'You would send 1 message, 0 of yours and 1 of Alice’s, of 3 March 2026.',
    ],
    [
      { ...question, ownCount: 0, contactCount: 0, firstAt: null, lastAt: null },
      'None of these messages can be read here, so there is nothing to send.',
    ],
  ])('says how many messages of whom and of what time', (one, words) => {
    expect(describeShareable(one, 'Alice')).toBe(words)
  })
})

describe('describeAsker', () => {
  test('names the changed security code and what to do first', () => {
    expect(describeAsker(question, 'Alice')).toMatch(/security code changed.*compare the safety number first/)
  })

  test('names a code that is the same and was never compared', () => {
    expect(describeAsker({ ...question, isCodeChanged: false }, 'Alice')).toMatch(/same as before/)
  })

  test('is calm about a contact that was verified', () => {
    expect(describeAsker({ ...question, isVerified: true }, 'Alice')).toMatch(/it is Alice who asks/)
  })
})

describe('describeOwnAsking', () => {
  test.each([
    [asking, '412 of 412 messages shared by Bob.'],
    [{ ...asking, missing: 3 }, '412 of 412 messages shared by Bob. 3 could not be.'],
    [
      { ...asking, taken: 411, refused: 1 },
      '411 of 412 messages shared by Bob. 1 did not fit with what this browser knows, and was refused.',
    ],
    [
      { ...asking, state: 'coming', taken: 40 },
      'Bob shares the history with you: 40 of 412 messages so far.',
    ],
    [
      { ...asking, state: 'asked', taken: 0, total: 0 },
      'You asked Bob to share the history again. Nothing has come yet: Bob decides, and you are not told of a refusal.',
    ],
  ] as const)('says how far it has come', (one, words) => {
    expect(describeOwnAsking(one, 'Bob')).toBe(words)
  })
})

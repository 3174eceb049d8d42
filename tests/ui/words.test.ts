import { describe, expect, test } from 'vitest'
import { ClientError, type ClientErrorCode } from '../../pwa/client/contract/client-error.ts'
import { describeError, describeExchange, describeUnreadable, endsEnrolment } from '../../pwa/ui/words.ts'
import { ERROR_STATUS } from '../../server/wire/errors.ts'

const CLIENT_CODES: readonly ClientErrorCode[] = [
  'unreachable',
  'refused',
  'message_too_long',
  'message_empty',
  'no_keys_yet',
  'keys_gone',
  'safety_number_changed',
  'key_declined',
  'key_timed_out',
  'key_unsupported',
  'key_known',
  'key_failed',
  'work_failed',
  'storage_failed',
  'backup_missing',
  'backup_code_mistyped',
  'backup_other_account',
  'backup_not_a_backup',
  'backup_truncated',
  'backup_damaged',
  'backup_too_old',
  'backup_too_new',
  'backup_wrong_secret',
  'stretch_failed',
]

/** One or more whole sentences, and no code among them. */
const SENTENCES = /^[A-Z][^_]*\.$/

describe('describeError', () => {
  test.each(Object.keys(ERROR_STATUS))('has a sentence for the refusal %s', (code) => {
    expect(describeError(new ClientError('refused', code))).toMatch(SENTENCES)
  })

  test.each([
    [1000, 'a second'],
    [30_000, '30 seconds'],
    [29_001, '30 seconds'],
    [120_000, '2 minutes'],
    [121_000, '3 minutes'],
    [3_600_000, 'an hour'],
  ])('says for %i ms of waiting: %s', (retryAfterMs, words) => {
    const error = new ClientError('refused', 'too_many_attempts', { retryAfterMs })
    expect(describeError(error)).toBe(`Too many attempts failed. Wait ${words}, then try again.`)
  })

  test.each(CLIENT_CODES)('has a sentence for %s', (code) => {
    expect(describeError(new ClientError(code))).toMatch(SENTENCES)
  })

  test.each(['a_code_of_next_year', 'constructor', '__proto__'])(
    'has one for the unknown refusal %s',
    (code) => {
      expect(describeError(new ClientError('refused', code))).toBe(describeError(new ClientError('refused')))
    },
  )

  test.each([new TypeError('x is not a function'), 'thrown text', undefined])(
    'has one for a fault: %s',
    (error) => {
      expect(describeError(error)).toMatch(SENTENCES)
      expect(describeError(error)).not.toContain('function')
    },
  )
})

describe('endsEnrolment', () => {
  test.each(['enrolment_missing', 'enrolment_out_of_order'])('is true for %s', (code) => {
    expect(endsEnrolment(new ClientError('refused', code))).toBe(true)
  })

  test.each([new ClientError('refused', 'invalid_code'), new ClientError('unreachable'), new Error('other')])(
    'is false for %s',
    (error) => {
      expect(endsEnrolment(error)).toBe(false)
    },
  )
})

describe('describeUnreadable', () => {
  test.each(['no_keys', 'mac', 'replay', 'newer_version', 'a_reason_of_next_year', 'toString'])(
    'has a sentence for %s',
    (reason) => {
      expect(describeUnreadable(reason)).toMatch(SENTENCES)
    },
  )

  test('says that a newer version is needed', () => {
    expect(describeUnreadable('newer_version')).toContain('newer version')
  })

  test('tells missing keys from damage', () => {
    expect(describeUnreadable('no_keys')).not.toBe(describeUnreadable('mac'))
  })
})

describe('describeExchange', () => {
  test.each([
    ['asks for a first message', false, true, /^Write to bob: /],
    ['waits for the contact', true, false, /^Waiting for keys of bob\. /],
    ['says that keys are being exchanged', true, true, /^Exchanging keys with bob…$/],
  ])('%s', (_case, hasWaiting, isContactOnline, words) => {
    expect(describeExchange({ contactName: 'bob', isContactOnline, hasWaiting })).toMatch(words)
  })
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ERROR_STATUS, type ErrorCode } from '../../server/wire/errors.ts'
import { REFUSAL_CODES } from '../../server/wire/log.ts'
import { Refused, Unreachable } from '../../pwa/client/api/http.ts'
import {
  judgeFailure,
  judgeRefusal,
  mayBeStoredAfter,
  type Decision,
} from '../../pwa/client/sync/judge-outcome.ts'

const wait = (retryAfterMs: number | null = null): Decision => ({ act: 'wait', retryAfterMs })
const signIn: Decision = { act: 'sign-in' }
const sealAgain: Decision = { act: 'seal-again' }
const park = (reason: 'refused' | 'too_large' | 'contact_gone' | 'id_taken'): Decision => ({
  act: 'park',
  reason,
})

const refused = (status: number, code: ErrorCode | null = null, retryAfterMs: number | null = null) =>
  new Refused(status, code, retryAfterMs)

describe('judgeFailure', () => {
  const table: readonly (readonly [string, Error, Decision, boolean])[] = [
    ['no answer', new Unreachable('no answer'), wait(), true],
    ['an error of another kind', new Error('surprise'), wait(), true],
    ['400', refused(400, 'invalid_body'), park('refused'), false],
    ['401', refused(401, 'not_signed_in'), signIn, false],
    ['403', refused(403, 'csrf_mismatch'), signIn, false],
    ['403 of something in between', refused(403), signIn, false],
    ['404 of a contact who is gone', refused(404, 'account_not_found'), park('contact_gone'), false],
    ['404 of something in between', refused(404), wait(), false],
    ['408', refused(408), wait(), true],
    ['409', refused(409), sealAgain, false],
    ['413', refused(413, 'body_too_large'), park('too_large'), false],
    ['413 of something in between', refused(413), park('too_large'), false],
    ['422', refused(422, 'conversation_with_self'), park('refused'), false],
    ['425', refused(425), wait(), false],
    ['429', refused(429), wait(), false],
    ['429 with Retry-After', refused(429, null, 7_000), wait(7_000), false],
    ['500', refused(500, 'internal'), wait(), true],
    ['502', refused(502), wait(), true],
    ['503 with Retry-After', refused(503, 'busy', 2_000), wait(2_000), true],
    ['504', refused(504), wait(), true],
  ]
  test.each(table)('%s', (_, error, decision, mayBeStored) => {
    expect(judgeFailure(error)).toEqual(decision)
    expect(mayBeStoredAfter(error)).toBe(mayBeStored)
  })

  const anyRefusal = fc
    .record({
      status: fc.integer({ min: 300, max: 599 }),
      code: fc.option(fc.constantFrom(...(Object.keys(ERROR_STATUS) as ErrorCode[]))), // the keys of a literal object
      retryAfterMs: fc.option(fc.nat()),
    })
    .map(({ status, code, retryAfterMs }) => refused(status, code, retryAfterMs))

  test('has a decision for every status, and none of them forgets a message', () => {
    fc.assert(
      fc.property(anyRefusal, (error) => {
        expect(['wait', 'sign-in', 'seal-again', 'park']).toContain(judgeFailure(error).act)
      }),
    )
  })

  test('parks only what is known not to be stored', () => {
    fc.assert(
      fc.property(anyRefusal, (error) => {
        const { act } = judgeFailure(error)
        if (act === 'park' || act === 'seal-again') expect(mayBeStoredAfter(error)).toBe(false)
      }),
    )
  })

  test('keeps to what the server asked for whenever it waits', () => {
    fc.assert(
      fc.property(anyRefusal, (error) => {
        const decision = judgeFailure(error)
        if (decision.act === 'wait') expect(decision.retryAfterMs).toBe(error.retryAfterMs)
      }),
    )
  })
})

describe('judgeRefusal', () => {
  const table: Readonly<Record<(typeof REFUSAL_CODES)[number], Decision>> = {
    malformed_envelope: sealAgain,
    envelope_too_large: park('too_large'),
    iv_not_rising: sealAgain,
    key_set_superseded: sealAgain,
    entry_id_of_other: park('id_taken'),
    too_many_bytes: wait(),
  }
  test.each(REFUSAL_CODES)('%s', (code) => {
    expect(judgeRefusal(code)).toEqual(table[code])
  })
})

/** What becomes of each error of the browser, some of which no browser gives on demand. The rest is shown in Chromium, in e2e/. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createKeyAsker } from '../../pwa/environment/key-asker.ts'

const MINUTE_MS = 60_000
const REQUEST = { challenge: 'A'.repeat(43), site: 'localhost', known: ['AAAA'], endsAt: 0 }

afterEach(() => vi.unstubAllGlobals())

/** A browser that ends each question for a key with this error, after a time. */
function makeAsker(errorName: string, afterMs = 0) {
  let now = 1_000
  const fail = () => {
    now += afterMs
    return Promise.reject(new DOMException('no', errorName))
  }
  vi.stubGlobal('PublicKeyCredential', () => undefined)
  vi.stubGlobal('location', new URL('http://localhost'))
  vi.stubGlobal('navigator', { credentials: { get: fail, create: fail } })
  return createKeyAsker(() => now)
}

describe('createKeyAsker', () => {
  test.each([
    ['NotAllowedError', 'key_declined'],
    ['AbortError', 'key_declined'],
    ['SecurityError', 'key_unsupported'],
    ['NotSupportedError', 'key_unsupported'],
    ['UnknownError', 'key_failed'],
    ['DataError', 'key_failed'],
  ])('says of %s: %s', async (name, code) => {
    await expect(makeAsker(name).prove(REQUEST)).rejects.toMatchObject({ name: 'ClientError', code })
  })

  test('tells a key that is known already', async () => {
    const creation = { ...REQUEST, owner: 'A'.repeat(11), username: 'alice' }
    await expect(makeAsker('InvalidStateError').create(creation)).rejects.toMatchObject({ code: 'key_known' })
  })

  test('tells a refusal from a question that nobody answered by the time it took', async () => {
    const ask = (afterMs: number) => makeAsker('NotAllowedError', afterMs).prove(REQUEST)
    await expect(ask(4 * MINUTE_MS - 1)).rejects.toMatchObject({ code: 'key_declined' })
    await expect(ask(4 * MINUTE_MS)).rejects.toMatchObject({ code: 'key_timed_out' })
  })

  test('knows a browser without keys', async () => {
    await expect(createKeyAsker(() => 0).prove(REQUEST)).rejects.toMatchObject({ code: 'key_unsupported' })
  })
})

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi } from '../../pwa/client/api/http.ts'
import type { SessionWarning } from '../../pwa/client/contract/status.ts'
import { watchSessionEnd } from '../../pwa/client/session-warning.ts'
import type { Session } from '../../server/wire/account.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** The server's clock is not this machine's. */
const AHEAD_MS = 7 * HOUR_MS

let lastActiveAt: number
let authenticatedAt: number
let isSignedIn: boolean
let isReachable: boolean
let kinds: (SessionWarning['kind'] | null)[]
let last: SessionWarning | null

beforeEach(async () => {
  vi.useFakeTimers()
  lastActiveAt = authenticatedAt = Date.now()
  isSignedIn = isReachable = true
  kinds = []
  const api = createApi(() =>
    isReachable
      ? Promise.resolve(Response.json(describeSession()))
      : Promise.reject(new TypeError('offline')),
  )
  watchSessionEnd({ api, nowMs: Date.now }).subscribe((warning) => {
    last = warning
    if (kinds.at(-1) !== (warning?.kind ?? null)) kinds.push(warning?.kind ?? null)
  })
  hear = async () => void (await api.call('session'))
  await hear()
})
afterEach(() => {
  vi.useRealTimers()
})

let hear: () => Promise<void>

function describeSession(): Session {
  const endsAtLatest = authenticatedAt + 12 * HOUR_MS
  const endsAt = Math.min(lastActiveAt + 30 * MINUTE_MS, endsAtLatest)
  return {
    account: isSignedIn ? { id: 1, username: 'anna' } : null,
    token: 'A'.repeat(43),
    now: Date.now() + AHEAD_MS,
    endsAt: isSignedIn ? endsAt + AHEAD_MS : null,
    endsAtLatest: isSignedIn ? endsAtLatest + AHEAD_MS : null,
    recoveryCodesLeft: isSignedIn ? 10 : null,
    mustChangePassword: false,
  }
}

/** Lets time pass; the person does something every ten minutes. */
async function stayActive(forMs: number): Promise<void> {
  for (let passed = 0; passed < forMs; passed += 10 * MINUTE_MS) {
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
    lastActiveAt = Date.now()
    await hear()
  }
}

describe('watchSessionEnd', () => {
  test('warns two minutes before the idle end, and takes it back when the person does something', async () => {
    await vi.advanceTimersByTimeAsync(28 * MINUTE_MS - 1)
    expect(kinds).toEqual([null])
    await vi.advanceTimersByTimeAsync(1)
    expect(last).toEqual({ kind: 'idle', endsAt: lastActiveAt + 30 * MINUTE_MS })
    lastActiveAt = Date.now()
    await hear()
    expect(kinds).toEqual([null, 'idle', null])
  })

  test('does not warn while somebody is active in another tab', async () => {
    await vi.advanceTimersByTimeAsync(20 * MINUTE_MS)
    lastActiveAt = Date.now()
    await vi.advanceTimersByTimeAsync(20 * MINUTE_MS)
    expect(kinds).toEqual([null])
    await vi.advanceTimersByTimeAsync(8 * MINUTE_MS)
    expect(last?.kind).toBe('idle')
  })

  test('warns an hour before the latest end, and again five minutes before', async () => {
    await stayActive(11 * HOUR_MS)
    expect(kinds).toEqual([null, 'first'])
    await stayActive(50 * MINUTE_MS)
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS)
    expect(kinds).toEqual([null, 'first', 'last'])
    authenticatedAt = lastActiveAt = Date.now()
    await hear()
    expect(kinds).toEqual([null, 'first', 'last', null])
  })

  test('warns without the server as well', async () => {
    isReachable = false
    await vi.advanceTimersByTimeAsync(28 * MINUTE_MS)
    expect(last?.kind).toBe('idle')
  })

  test('warns nobody who is signed out', async () => {
    isSignedIn = false
    await vi.advanceTimersByTimeAsync(13 * HOUR_MS)
    expect(kinds).toEqual([null])
  })
})

import { describe, expect, test } from 'vitest'
import { securityEventKind } from '../../server/wire/security.ts'
import {
  describeCodesLeft,
  describeEvent,
  describeFactor,
  describeWhen,
} from '../../pwa/ui/account/security-words.ts'

describe('describeEvent', () => {
  test.each(securityEventKind.options)('has words for %s', (kind) => {
    const event = { id: 1, at: 1, kind, browser: 'Firefox on Windows', address: '192.0.2.7', isThis: false }
    expect(describeEvent(event)).toMatch(/^[A-Z][a-z ,-]+$/)
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

describe('describeFactor', () => {
  const at = new Date(2026, 10, 22, 12).getTime()
  const key = { id: 1, name: 'Blue key', isSynced: false, lastUsedAt: null }
  const one = {
    type: 'webauthn' as const,
    boundAt: at,
    revokedAt: null,
    suspendedAt: null,
    codesLeft: null,
    app: null,
    key,
  }

  test.each([
    [one, /^Passkey or security key\. Added .+\. Not used yet\.$/],
    [{ ...one, key: { ...key, lastUsedAt: at } }, /^Passkey or security key\. Added .+\. Last used .+\.$/],
    [{ ...one, suspendedAt: at }, /^Passkey or security key\. Added .+\. Signs in no more since .+\.$/],
    [{ ...one, revokedAt: at }, /^Passkey or security key\. Added .+, revoked .+\.$/],
    [{ ...one, type: 'totp' as const, key: null, app: { id: 1, name: null } }, /^Added .+\.$/],
    [
      { ...one, type: 'totp' as const, key: null, app: { id: 1, name: 'Old tablet' } },
      /^Authenticator app\. Added .+\.$/,
    ],
    [{ ...one, type: 'password' as const, key: null }, /^Set .+\.$/],
    [{ ...one, type: 'recovery-codes' as const, codesLeft: 1, key: null }, /^One left\. .+ Added .+\.$/],
  ])('says since when, and how it stands', (factor, words) => {
    expect(describeFactor(factor)).toMatch(words)
  })
})

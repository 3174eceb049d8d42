import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  isRecoveryCode,
  makeRecoveryCodes,
  storeRecoveryCode,
} from '../../../server/accounts/recovery-codes.ts'
import type { Keyring } from '../../../server/secrets.ts'

const current = { id: 1, bytes: randomBytes(48) }
const pepper: Keyring = { current, find: () => current }

describe('makeRecoveryCodes', () => {
  test('gives ten codes of 26 characters, all different, every character as likely as another', () => {
    const codes = Array.from({ length: 100 }, () => makeRecoveryCodes(randomBytes)).flat()
    expect(new Set(codes).size).toBe(1000)
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    const counts = new Map<string, number>()
    for (const character of codes.join('')) counts.set(character, (counts.get(character) ?? 0) + 1)
    expect(counts.size).toBe(32)
    // 26,000 characters of 32 kinds: 812 each, give or take six standard deviations.
    for (const count of counts.values()) expect(Math.abs(count - 812)).toBeLessThan(170)
  })
})

describe('isRecoveryCode', () => {
  test('knows a code in its own place only', () => {
    const [code = '', other = ''] = makeRecoveryCodes(randomBytes)
    const stored = storeRecoveryCode({ account: 7, number: 1, code }, { pepper, randomBytes })
    expect(isRecoveryCode(code, 7, stored, pepper)).toBe(true)
    expect(isRecoveryCode(other, 7, stored, pepper)).toBe(false)
    expect(isRecoveryCode(code, 8, stored, pepper)).toBe(false)
    expect(isRecoveryCode(code, 7, { ...stored, number: 2 }, pepper)).toBe(false)
  })
})

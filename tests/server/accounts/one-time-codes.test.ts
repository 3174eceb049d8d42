import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { makeTotpSecret, openTotpSecret, sealTotpSecret } from '../../../server/accounts/one-time-codes.ts'
import type { Keyring } from '../../../server/secrets.ts'

const current = { id: 1, bytes: randomBytes(32) }
const keys: Keyring = { current, find: () => current }
const owner = { account: 7, authenticator: 70 }

describe('sealTotpSecret', () => {
  test('gives back the secret to its owner only', () => {
    const secret = makeTotpSecret()
    const sealed = sealTotpSecret(secret, owner, { keys, randomBytes })
    expect(openTotpSecret(sealed, owner, keys)).toBe(secret)
    expect(() => openTotpSecret(sealed, { ...owner, account: 8 }, keys)).toThrow()
    expect(() => openTotpSecret(sealed, { ...owner, authenticator: 71 }, keys)).toThrow()
  })

  test('leaves nothing of it readable, and seals alike never', () => {
    const secret = makeTotpSecret()
    const [one, other] = [1, 2].map(() => sealTotpSecret(secret, owner, { keys, randomBytes }))
    expect(Buffer.from(one?.ciphertext ?? []).includes(secret)).toBe(false)
    expect(one?.nonce).not.toEqual(other?.nonce)
  })
})

import { describe, expect, test } from 'vitest'
import { parseAuthenticatorName } from '../../pwa/ui/account/authenticator-name.ts'

describe('parseAuthenticatorName', () => {
  test.each(['x', 'Blue key', 'Schlüssel 🔑', 'x'.repeat(40)])('takes %j', (name) => {
    expect(parseAuthenticatorName(` ${name} `)).toBe(name)
  })

  test.each(['', '   ', 'x'.repeat(41), 'a\u0000b', 'a\nb'])('refuses %j', (name) => {
    expect(parseAuthenticatorName(name)).toBeNull()
  })
})

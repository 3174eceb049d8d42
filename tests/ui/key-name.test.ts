import { describe, expect, test } from 'vitest'
import { parseKeyName } from '../../pwa/ui/account/key-name.ts'

describe('parseKeyName', () => {
  test.each(['x', 'Blue key', 'Schlüssel 🔑', 'x'.repeat(40)])('takes %j', (name) => {
    expect(parseKeyName(` ${name} `)).toBe(name)
  })

  test.each(['', '   ', 'x'.repeat(41), 'a\u0000b', 'a\nb'])('refuses %j', (name) => {
    expect(parseKeyName(name)).toBeNull()
  })
})

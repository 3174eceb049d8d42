import { describe, expect, test } from 'vitest'
import { AVATAR_COLOURS, toColour, toInitials } from '../../pwa/ui/components/initials.ts'

describe('toInitials', () => {
  test.each([
    ['bob', 'B'],
    ['carla.meier', 'CM'],
    ['a-b_c.d', 'AB'],
    ['bob-', 'B'],
    ['b2', 'B'],
  ])('of %s are %s', (name, initials) => {
    expect(toInitials(name)).toBe(initials)
  })
})

describe('toColour', () => {
  test('is the same for the same name', () => {
    expect(toColour('bob')).toBe(toColour('bob'))
  })

  test('uses every colour, and no other', () => {
    const colours = new Set(Array.from({ length: 500 }, (_, index) => toColour(`name${index}`)))
    expect([...colours].sort((one, other) => one - other)).toEqual(
      Array.from({ length: AVATAR_COLOURS }, (_, index) => index),
    )
  })
})

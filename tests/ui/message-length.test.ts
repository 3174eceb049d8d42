import { describe, expect, test } from 'vitest'
import { describeLength, TEXT_MOST_BYTES } from '../../pwa/ui/timeline/message-length.ts'
import * as content from '../../pwa/protocol/content.ts'

describe('describeLength', () => {
  test('knows the limit of the protocol', () => {
    expect(TEXT_MOST_BYTES).toBe(content.TEXT_MOST_BYTES)
  })

  test('is silent while there is room', () => {
    expect(describeLength('')).toBeNull()
    expect(describeLength('x'.repeat(TEXT_MOST_BYTES - 500))).toBeNull()
  })

  test('says what is left near the limit', () => {
    const length = describeLength('x'.repeat(TEXT_MOST_BYTES - 499))
    expect(length).toMatchObject({ isTooLong: false })
    expect(length?.words).toContain('499')
  })

  test.each([
    ['bytes', 'x', TEXT_MOST_BYTES],
    ['bytes of UTF-8, not characters', 'é', TEXT_MOST_BYTES / 2],
    ['four bytes for an emoji', '😀', TEXT_MOST_BYTES / 4],
  ])('counts %s', (_case, character, most) => {
    expect(describeLength(character.repeat(most))).toMatchObject({ isTooLong: false })
    expect(describeLength(character.repeat(most + 1))).toMatchObject({ isTooLong: true })
  })

  test('leaves out the white space around, which is not sent', () => {
    expect(describeLength(' '.repeat(TEXT_MOST_BYTES + 1))).toBeNull()
  })
})

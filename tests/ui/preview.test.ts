import { describe, expect, test } from 'vitest'
import { describePreview } from '../../pwa/ui/timeline/preview.ts'

const message = {
  kind: 'message',
  id: 'a',
  text: 'hello',
  at: 0,
  state: null,
  isKeyGone: false,
  isFromElsewhere: false,
  isShared: false,
} as const

describe('describePreview', () => {
  test('says who wrote', () => {
    expect(describePreview({ ...message, isMine: false }, 'bob')).toBe('hello')
    expect(describePreview({ ...message, isMine: true, state: 'sent' }, 'bob')).toBe('You: hello')
  })

  test('has words for everything else', () => {
    expect(describePreview(null, 'bob')).toBe('No messages yet')
    expect(describePreview({ kind: 'unreadable', id: 'a', isMine: false, at: 0, reason: 'mac' }, 'bob')).toBe(
      'A message that cannot be read',
    )
    expect(
      describePreview(
        { kind: 'notice', id: 'a', isMine: false, at: 0, notice: 'security-code-changed' },
        'bob',
      ),
    ).toBe('bob’s security code changed')
  })
})

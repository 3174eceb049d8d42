import { describe, expect, test } from 'vitest'
import { describeKeyLoss, type KeyLoss } from '../../pwa/ui/loss-words.ts'

const LOSSES: readonly KeyLoss[] = ['keys', 'keys-and-history', 'everything']
const wordsOf = (loss: KeyLoss): string => Object.values(describeKeyLoss(loss)).flat().join(' ')

describe('describeKeyLoss', () => {
  test.each(LOSSES)(
    'says of %s that old messages are closed, and what becomes of new ones and of sending',
    (loss) => {
      expect(wordsOf(loss)).toContain('previous messages cannot be decrypted any more')
      expect(wordsOf(loss)).toContain('others send you meanwhile')
      expect(wordsOf(loss)).toContain('Nothing is sent until you choose')
    },
  )

  test('promises what was opened before only where the messages are still here', () => {
    expect(LOSSES.filter((loss) => wordsOf(loss).includes('can still be read'))).toEqual(['keys'])
  })

  test('names the messages beside the keys where both are gone', () => {
    expect(describeKeyLoss('keys-and-history').title).toContain('your messages with them')
  })

  test('leaves room for a browser that never had the keys', () => {
    expect(LOSSES.filter((loss) => wordsOf(loss).includes('not used Letterlock in this browser'))).toEqual([
      'everything',
    ])
  })

  test('speaks of the keys until it is known what else is missing', () => {
    expect(describeKeyLoss('none')).toBe(describeKeyLoss('keys'))
  })
})

import { describe, expect, test } from 'vitest'
import { checkCryptoLog } from './key-changes.ts'
import { readCryptoLog, type CryptoLine } from './story-evidence.ts'

const seal = (keys: string, iv: number, epoch = 1, exchange = 'X'): CryptoLine => ({
  operation: 'seal',
  peer: 12,
  exchange,
  epoch,
  keys,
  key: `key of ${keys}`,
  iv: String(iv),
})
const refresh = (epoch: number, exchange = 'X'): CryptoLine => ({
  operation: 'refresh',
  peer: 12,
  exchange,
  epoch,
})

const GOOD = [
  seal('a', 1),
  seal('a', 2),
  refresh(2),
  seal('b', 1, 2),
  seal('c', 1, 1, 'Y'),
  seal('c', 3, 1, 'Y'),
]
const DUE = [
  { at: 0, why: 'the first exchange' },
  { at: 2, why: 'a refresh' },
  { at: 4, why: 'a new exchange' },
]

describe('checkCryptoLog', () => {
  test('has nothing to say of a log in order', () => {
    expect(checkCryptoLog(GOOD, DUE)).toEqual([])
  })

  test('finds an IV that comes twice under one key, wherever it stands', () => {
    for (const [index, line] of GOOD.entries())
      if (line.operation === 'seal')
        expect(checkCryptoLog(GOOD.toSpliced(index, 0, line), [])).toEqual([
          `sealed twice: ${line.key} ${line.iv}`,
        ])
  })

  test.each(['key', 'iv', 'keys', 'exchange', 'epoch'] as const)(
    'finds a seal that does not say its %s',
    (member) => {
      const { [member]: _, ...line } = seal('a', 1)
      expect(checkCryptoLog([line], [])).toHaveLength(1)
    },
  )

  test.each(DUE.slice(1))('finds that keys stayed as they were after $why', ({ at, why }) => {
    const stayed = [...GOOD.slice(0, at), seal(GOOD[at - 1]?.keys ?? 'a', 9, 2)]
    expect(checkCryptoLog(stayed, [{ at, why }])).toContain(`no new keys after: ${why}`)
  })

  test('finds that nothing was sealed after a change was due', () => {
    expect(checkCryptoLog(GOOD, [{ at: GOOD.length, why: 'a new run' }])).toEqual([
      'no new keys after: a new run',
    ])
  })

  test('finds a seal under the epoch that a refresh has ended, without being told', () => {
    expect(checkCryptoLog([seal('a', 1), refresh(2), seal('a', 2)], [])).toEqual([
      'epoch 1 of X after a refresh to 2',
    ])
  })

  test('finds a return to keys that were left', () => {
    expect(checkCryptoLog([seal('a', 1), seal('b', 1, 1, 'Y'), seal('a', 2)], [])).toEqual([
      'back to key set a',
    ])
  })
})

describe('readCryptoLog', () => {
  test('takes the lines as the page writes them, and as a browser saves them', () => {
    const line = JSON.stringify(seal('a', 1))
    const saved = ['hello', `crypto ${line}`, `main-B3.js:1 crypto ${line}`, 'a cryptotext {}']
    expect(readCryptoLog(saved)).toEqual([seal('a', 1), seal('a', 1)])
  })
})

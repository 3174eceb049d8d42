import { describe, expect, test } from 'vitest'
import type { CryptoLogRow } from '../../pwa/client/contract/crypto-log.ts'
import { describeInstant, filterRows, listDetails, shorten } from '../../pwa/ui/crypto-log/rows.ts'

const row = (number: number, changes: Partial<CryptoLogRow> = {}): CryptoLogRow => ({
  number,
  at: 0,
  operation: 'seal',
  ...changes,
})
const rows = [
  row(1, { peer: 7 }),
  row(2, { operation: 'generate-key' }),
  row(3, { peer: 8 }),
  row(4, { peer: 7 }),
]
const numbersOf = (found: readonly CryptoLogRow[]): number[] => found.map(({ number }) => number)

describe('filterRows', () => {
  test('gives all rows without a filter, the newest first', () => {
    expect(numbersOf(filterRows(rows, { peer: null, operation: null }))).toEqual([4, 3, 2, 1])
  })

  test('gives the rows of one conversation, without what belongs to none', () => {
    expect(numbersOf(filterRows(rows, { peer: 7, operation: null }))).toEqual([4, 1])
  })

  test('gives one operation, also within a conversation', () => {
    expect(numbersOf(filterRows(rows, { peer: null, operation: 'generate-key' }))).toEqual([2])
    expect(numbersOf(filterRows(rows, { peer: 7, operation: 'generate-key' }))).toEqual([])
  })
})

describe('listDetails', () => {
  test('lists what the record holds and nothing that it does not', () => {
    const details = listDetails(row(1, { iv: '5', key: 'a-key', plaintext: '{}', outcome: 'done' }))
    expect(details).toEqual([
      { name: 'Outcome', value: 'done' },
      { name: 'Plaintext', value: '{}' },
      { name: 'IV', value: '5' },
      { name: 'Key', value: 'a-key' },
    ])
  })

  test('leaves out no member of a record', () => {
    const full: Required<CryptoLogRow> = {
      number: 1,
      at: 0,
      operation: 'refuse',
      purpose: 'purpose',
      peer: 7,
      exchange: 'exchange',
      epoch: 1,
      keys: 'keys',
      key: 'key',
      publicKey: 'publicKey',
      salt: 'salt',
      iv: 'iv',
      entry: 'entry',
      plaintext: 'plaintext',
      outcome: 'refused',
      reason: 'reason',
    }
    const { number: _number, at: _at, operation: _operation, ...shown } = full
    const values = listDetails(full).map(({ value }) => value)
    expect(values.toSorted()).toEqual(Object.values(shown).map(String).toSorted())
  })
})

describe('shorten', () => {
  test('keeps the beginning of a long id, a short one as it is, and nothing for none', () => {
    expect(shorten('ZW50cnktaWQtb2YtMTZieQ')).toBe('ZW50cnkt…')
    expect(shorten('ZW50cnkt')).toBe('ZW50cnkt')
    expect(shorten(undefined)).toBe('')
  })
})

describe('describeInstant', () => {
  test('tells the time of day to the millisecond', () => {
    expect(describeInstant(new Date(2026, 1, 3, 4, 5, 6, 7).getTime())).toBe('04:05:06.007')
    expect(describeInstant(new Date(2026, 1, 3, 23, 59, 59, 999).getTime())).toBe('23:59:59.999')
  })
})

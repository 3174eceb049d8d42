import { assert, boolean, constantFrom, property, record, type Arbitrary } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Loss } from '../../pwa/client/client.ts'
import { hasLostKeys, judgeLoss, type Found } from '../../pwa/client/install/judge-loss.ts'

const ID = 'A'.repeat(22)
const OTHER = 'B'.repeat(22)

/** Keys stand in localStorage beside the id: who clears one there clears the other. */
function foundAfter(left: string, isKnownToServer: boolean): Found {
  const idIn = (place: string) => (left.includes(place) ? ID : null)
  return {
    keys: left.includes('storage') ? 'held' : 'none',
    keyStorage: idIn('storage'),
    database: idIn('database'),
    cache: idIn('cache'),
    cookie: idIn('cookie'),
    isKnownToServer,
  }
}

/** What is left after a start was prepared by clearing the rest; what the person is told. The server changes only the last. */
const CASES: readonly (readonly [left: string, loss: Loss])[] = [
  ['storage database cache cookie', 'none'],
  ['storage database cache', 'none'],
  ['storage database cookie', 'none'],
  ['storage database', 'none'],
  ['storage cache cookie', 'history'],
  ['storage cache', 'history'],
  ['storage cookie', 'history'],
  ['storage', 'history'],
  ['database cache cookie', 'keys'],
  ['database cache', 'keys'],
  ['database cookie', 'keys'],
  ['database', 'keys'],
  ['cache cookie', 'keys-and-history'],
  ['cache', 'keys-and-history'],
  ['cookie', 'keys-and-history'],
]

describe('judgeLoss', () => {
  for (const isKnownToServer of [true, false]) {
    const server = isKnownToServer ? 'the server knows' : 'the server does not know'
    test.each(CASES)(`with only the %s left of an account that ${server}: %s`, (left, loss) => {
      expect(judgeLoss(foundAfter(left, isKnownToServer))).toBe(loss)
    })
  }

  test('with nothing left of an account that the server knows: everything', () => {
    expect(judgeLoss(foundAfter('', true))).toBe('everything')
  })

  test('with nothing anywhere: a first run', () => {
    expect(judgeLoss(foundAfter('', false))).toBe('none')
  })

  test('counts a database of another install as none', () => {
    const whole = foundAfter('storage database cache cookie', true)
    expect(judgeLoss({ ...whole, database: OTHER })).toBe('history')
    expect(judgeLoss({ ...whole, database: OTHER, keys: 'none' })).toBe('keys-and-history')
  })

  test('lets one place that was not written in time pass', () => {
    const whole = foundAfter('storage database cache cookie', true)
    for (const place of ['keyStorage', 'cache', 'cookie'] as const)
      expect(judgeLoss({ ...whole, [place]: OTHER })).toBe('none')
  })

  test('finds nothing missing where keys are and no place has the id yet', () => {
    expect(judgeLoss({ ...foundAfter('', true), keys: 'held' })).toBe('none')
  })

  test('tells what went although the memory of a page is all that is left', () => {
    expect(judgeLoss({ ...foundAfter('', true), keys: 'remembered' })).toBe('keys-and-history')
    expect(judgeLoss({ ...foundAfter('database', true), keys: 'remembered' })).toBe('keys')
  })

  const id = constantFrom(null, ID, OTHER)
  const found: Arbitrary<Found> = record({
    keys: constantFrom('held', 'remembered', 'none'),
    keyStorage: id,
    database: id,
    cache: id,
    cookie: id,
    isKnownToServer: boolean(),
  })

  test('never takes an account for new that anybody remembers and whose keys are not here', () => {
    assert(
      property(found, (one) => {
        const { keyStorage, database, cache, cookie, isKnownToServer } = one
        const isRemembered =
          one.keys === 'remembered' || isKnownToServer || [keyStorage, database, cache, cookie].some(Boolean)
        expect(hasLostKeys(judgeLoss(one))).toBe(isRemembered && one.keys !== 'held')
      }),
    )
  })

  test('asks the server only where nothing here remembers', () => {
    assert(
      property(found, (one) => {
        const [known, unknown] = [true, false].map((isKnownToServer) =>
          judgeLoss({ ...one, isKnownToServer }),
        )
        expect(known === unknown).toBe(known !== 'everything')
      }),
    )
  })
})

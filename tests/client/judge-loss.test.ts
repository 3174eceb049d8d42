import { describe, expect, test } from 'vitest'
import { hasLostKeys, judgeLoss, type Found } from '../../pwa/client/install/judge-loss.ts'
import { LOSS_CASES, lossWithNothingLeft, PLACES, type Place } from './loss-cases.ts'

const ID = 'A'.repeat(22)
const OTHER = 'B'.repeat(22)

/** Keys stand in localStorage beside the id: who clears one there clears the other. */
function foundAfter(left: readonly Place[], isKnownToServer: boolean): Found {
  const idIn = (place: Place) => (left.includes(place) ? ID : null)
  return {
    hasKeys: left.includes('storage'),
    keyStorage: idIn('storage'),
    database: idIn('database'),
    cache: idIn('cache'),
    cookie: idIn('cookie'),
    isKnownToPage: false,
    isKnownToServer,
  }
}

/** Whatever can be found. */
function* everyFound(): Generator<Found> {
  const ids = [null, ID, OTHER]
  const either = [true, false]
  for (const keyStorage of ids)
    for (const database of ids)
      for (const cache of ids)
        for (const cookie of ids)
          for (const hasKeys of either)
            for (const isKnownToPage of either)
              for (const isKnownToServer of either)
                yield { keyStorage, database, cache, cookie, hasKeys, isKnownToPage, isKnownToServer }
}

describe('judgeLoss', () => {
  for (const isKnownToServer of [true, false]) {
    const cases = [...LOSS_CASES, lossWithNothingLeft(isKnownToServer)]
    const server = isKnownToServer ? 'the server knows' : 'the server does not know'
    test.each(cases)(`with $left left of an account that ${server}: $loss`, ({ left, loss }) => {
      expect(judgeLoss(foundAfter(left, isKnownToServer))).toBe(loss)
    })
  }

  test('counts a database of another install as none', () => {
    const whole = foundAfter(PLACES, true)
    expect(judgeLoss({ ...whole, database: OTHER })).toBe('history')
    expect(judgeLoss({ ...whole, database: OTHER, hasKeys: false })).toBe('keys-and-history')
  })

  test('lets one place that was not written in time pass', () => {
    const whole = foundAfter(PLACES, true)
    for (const place of ['keyStorage', 'cache', 'cookie'] as const)
      expect(judgeLoss({ ...whole, [place]: OTHER })).toBe('none')
  })

  test('finds nothing missing where keys are and no place has the id yet', () => {
    expect(judgeLoss({ ...foundAfter([], true), hasKeys: true })).toBe('none')
  })

  test('tells what went although a page is all that remembers it', () => {
    const nothing = { ...foundAfter([], false), isKnownToPage: true }
    expect(judgeLoss(nothing)).toBe('keys-and-history')
    expect(judgeLoss({ ...nothing, database: ID })).toBe('keys')
    // The keys are cleared in this very moment: what is left of them says nothing of the history.
    expect(judgeLoss({ ...nothing, hasKeys: true })).toBe('history')
  })

  test('never takes an account for new that anybody remembers and whose keys are not here', () => {
    for (const one of everyFound()) {
      const { keyStorage, database, cache, cookie, isKnownToPage, isKnownToServer } = one
      const isRemembered =
        isKnownToPage || isKnownToServer || [keyStorage, database, cache, cookie].some(Boolean)
      expect(hasLostKeys(judgeLoss(one)), JSON.stringify(one)).toBe(isRemembered && !one.hasKeys)
    }
  })

  test('asks the server only where nothing here remembers', () => {
    for (const one of everyFound()) {
      const [known, unknown] = [true, false].map((isKnownToServer) => judgeLoss({ ...one, isKnownToServer }))
      expect(known === unknown, JSON.stringify(one)).toBe(known !== 'everything')
    }
  })
})

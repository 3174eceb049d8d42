/** The short version of `npm run campaign:parsers`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Counts, PROPERTY_NAMES, type PropertyName, runProperty } from './fuzz-properties.ts'
import { makeWorld, type FuzzWorld } from './fuzz-world.ts'

const INPUTS: Readonly<Record<PropertyName, number>> = {
  entries: 8_000,
  contents: 500,
  pages: 200,
  foreignKeys: 300,
  responses: 500,
}
/** What each kind of input must have come to, so that no property holds for want of inputs. */
const OUTCOMES: Readonly<Record<PropertyName, readonly string[]>> = {
  entries: [
    'shown as malformed',
    'shown as mac',
    'refused as time_falls',
    'the same envelope in another form',
  ],
  contents: [
    'read as no content',
    'read as text',
    'read as lost',
    'read as ask',
    'read as share',
    'read as unknown',
  ],
  pages: ['refused by the schema of pages', 'applied'],
  foreignKeys: ['offer refused as bad_public_key', 'prekey refused as bad_public_key', 'offer answered'],
  responses: ['Refused', 'Unreachable', 'a page', 'an event "page"'],
}

let world: FuzzWorld
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.browser.closeTabs())

describe('mutated', () => {
  test.each(PROPERTY_NAMES)(
    '%s raise only typed errors and change no state',
    async (property) => {
      const counts: Counts = new Map()
      await runProperty(property, world, { inputs: INPUTS[property], counts })
      expect([...counts.keys()]).toEqual(expect.arrayContaining([...OUTCOMES[property]]))
      expect(world.browser.faults).toEqual([])
    },
    60_000,
  )
})

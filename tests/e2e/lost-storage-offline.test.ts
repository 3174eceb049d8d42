/**
 * What a start makes of an account of which some places were cleared while no page was open (reliability T-A4): every part of
 * localStorage, database, cache and cookie, for an account whose identity key the server knows, and for one that never came to
 * publish it.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Loss } from '../../pwa/client/contract/status.ts'
import { LOSS_CASES, lossWithNothingLeft, PLACES } from '../client/loss-cases.ts'
import { makePair, type Pair } from './pair.ts'
import type { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'
import { StorageKeeper } from './storage-keeper.ts'

/** It has to be there within 2 s; a loaded machine is given three times that. */
const WARNED_WITHIN_MS = 6_000
const WARNINGS: Readonly<Record<Exclude<Loss, 'none'>, string>> = {
  keys: 'Your keys are gone from this browser',
  history: 'Your messages were cleared from this browser.',
  'keys-and-history': 'Your keys are gone from this browser, and your messages with them',
  everything: 'Your keys are gone from this browser, or were never in it',
}
/** One picture of each warning: what is left there. */
const PICTURED: readonly string[] = ['storage', 'database', 'cookie', '']
const PATIENCE = { timeout: 20_000, interval: 50 }

const camera = new ScreenCamera('.build/screens/lost-storage')
let pair: Pair
beforeAll(async () => {
  pair = await makePair({
    // What alice publishes never arrives.
    prepare: async (_, aliceNet) =>
      aliceNet.treat(({ method, path }) =>
        method === 'POST' && path === '/api/identity' ? { kind: 'refuse' } : { kind: 'pass' },
      ),
  })
})
afterAll(() => pair?.remove())

const readIdentities = () => pair.database.query('select * from identities order by account, number')
const madeIdentities = ({ profile }: Person): number =>
  profile.consoleLines.filter((line) => line.includes('"generate-key","purpose":"identity"')).length

/** The server has said whether it knows an identity of the account: if one is ever made, it is now. */
const identityAsked = ({ page }: Person) =>
  page.waitForResponse(
    (answer) => answer.url().endsWith('/api/identity') && answer.request().method() === 'GET',
  )

/** As somebody comes back on another day: what was written to localStorage has long reached the disk. */
async function comeBackLater({ context, page }: Person): Promise<void> {
  await context.addInitScript(() => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + 180_000
  })
  await page.reload()
}

describe.each([
  { who: 'that the server knows', name: 'bob', isKnownToServer: true },
  { who: 'that never published its identity', name: 'alice', isKnownToServer: false },
] as const)('an account $who', ({ name, isKnownToServer }) => {
  let person: Person
  let keeper: StorageKeeper
  let identities: unknown

  beforeAll(async () => {
    person = pair[name]
    const { page, context } = person
    const stocked = async () => (await pair.database.query('select 1 from prekeys')).length === 100
    if (isKnownToServer) await vi.waitUntil(stocked, PATIENCE)
    await vi.waitUntil(
      () => page.evaluate(() => JSON.stringify(localStorage).includes('/identity')),
      PATIENCE,
    )
    keeper = await StorageKeeper.open(context, person.origin)
    await comeBackLater(person)
    await vi.waitUntil(async () => (await keeper.countRows('journal')) === 0, PATIENCE)
    await page.goto('about:blank')
    await keeper.take()
    expect(await keeper.listIds()).toEqual(PLACES)
    identities = await readIdentities()
    expect(identities).toHaveLength(1)
  })

  test.each([...LOSS_CASES, lossWithNothingLeft(isKnownToServer)])(
    'with $left left: $loss',
    async ({ left, loss }) => {
      const { page } = person
      await page.goto('about:blank')
      await keeper.putBack()
      for (const place of PLACES) if (!left.includes(place)) await keeper.clear(place)
      // A page hears of what the browser has cleared a moment later.
      await expect.poll(() => keeper.listIds()).toEqual(left)
      const asked = identityAsked(person)
      await page.goto(person.origin)

      if (loss === 'none') {
        // Nothing is missing that matters, or it is a first run: all places are written.
        await expect.poll(() => keeper.listIds(), PATIENCE).toEqual(PLACES)
        for (const words of Object.values(WARNINGS))
          expect(await page.getByText(words, { exact: true }).count()).toBe(0)
      } else {
        await page.getByText(WARNINGS[loss], { exact: true }).waitFor({ timeout: WARNED_WITHIN_MS })
        await page.getByRole('button', { name: `Account: ${name}` }).waitFor()
        expect(await keeper.listIds()).toEqual(left)
        if (isKnownToServer && PICTURED.includes(left.join(' ')))
          expect(await camera.visit(page, loss)).toEqual([])
      }
      await asked
      expect(await readIdentities()).toEqual(identities)
    },
  )

  test('had an identity made for it at its registration, and at a first run', async () => {
    expect(madeIdentities(person)).toBe(isKnownToServer ? 1 : 2)
  })
})

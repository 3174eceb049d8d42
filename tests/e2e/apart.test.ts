/** Two people who are never online together: every message is read by the other one, once and in order. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectKept, numbered } from './kept.ts'
import { makePair, waitForPrekeys, type Pair } from './pair.ts'
import type { Person } from './person.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const ROUNDS = 5
const PER_VISIT = 2
/** Longer than an offer lives, shorter than a session without activity. */
const APART_S = 5 * 60

let pair: Pair
let clockOffsetS = 0

beforeAll(async () => {
  pair = await makePair({ hasMovableClock: true })
  await waitForPrekeys(pair)
  await pair.alice.closeBrowser()
  await pair.bob.closeBrowser()
})

afterAll(() => pair?.remove())

/** Comes online, reads what the other one wrote, writes, and leaves before the other one comes. */
async function visit(person: Person, contact: Person, round: number): Promise<void> {
  clockOffsetS += APART_S
  await pair.app.moveClock(clockOffsetS)
  await person.openBrowser()
  const isKnown = round > 0 || person === pair.bob
  await (isKnown ? person.openConversation(contact.name) : person.find(contact.name))
  const countOfContact = person === pair.bob ? (round + 1) * PER_VISIT : round * PER_VISIT
  if (countOfContact > 0) await person.waitForText(`${contact.name} ${countOfContact}`)
  const texts = numbered(person.name, (round + 1) * PER_VISIT).slice(-PER_VISIT)
  for (const text of texts) await person.write(contact.name, text)
  await person.waitForState(texts.at(-1) ?? '', 'Sent')
  await person.closeBrowser()
}

describe('two people who are never online together', () => {
  test('read ten messages of each other', { timeout: 180_000 }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await visit(pair.alice, pair.bob, round)
      await visit(pair.bob, pair.alice, round)
    }
    const steps = await pair.database.query(`select 1 from entries where envelope like '%"step":"answer"%'`)
    expect(steps).toHaveLength(0)
  })

  test('have each message once, in order, and no line that could not be read', async () => {
    for (const person of [pair.alice, pair.bob]) {
      await person.openBrowser()
      await person.openConversation(person === pair.alice ? 'bob' : 'alice')
      await expectKept(person.page, 'alice', numbered('alice', ROUNDS * PER_VISIT))
      await expectKept(person.page, 'bob', numbered('bob', ROUNDS * PER_VISIT))
      expect(await person.page.locator('.bubble-unreadable').count()).toBe(0)
      await person.closeBrowser()
    }
  })

  test('seal under no IV twice', () => {
    const seals = [pair.alice, pair.bob]
      .flatMap(({ profile }) => readCryptoLog(profile.consoleLines))
      .filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBeGreaterThanOrEqual(2 * ROUNDS * PER_VISIT)
    expect(repeatedIvs(seals)).toEqual([])
  })
})

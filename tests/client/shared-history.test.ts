import { randomInt } from 'node:crypto'
import { Dexie } from 'dexie'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { databaseName } from '../../pwa/client/history/database.ts'
import { declineAsk, stopSharing } from '../../pwa/client/sharing/answer-ask.ts'
import { rereadLog } from '../../pwa/client/sync/reread.ts'
import { refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import { HistoryPair, PATIENCE } from './history-pair.ts'
import { readLines, write } from './person.ts'
import { createRandomness } from '../sim/randomness.ts'

let pair: HistoryPair

beforeEach(async () => {
  pair = await HistoryPair.start()
}, 60_000)
afterEach(() => pair.end())

/** Texts of about 4 KB: six make a batch. */
const longTexts = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index} ${'x'.repeat(4_000)}`)

/** Each test meets two new people, which takes long while much else runs. */
const LONG_MS = 60_000

describe('shared history', { timeout: LONG_MS }, () => {
  test('brings every message back, in order and marked, once the contact agrees', async () => {
    const said = [...(await pair.say('anna', 'a1', 'a2')), ...(await pair.say('ben', 'b1'))]
    await refreshKeySet(pair.atBen.open, pair.anna.account.id)
    said.push(...(await pair.say('ben', 'b2')), ...(await pair.say('anna', 'a3')))
    await pair.wipeAnna()
    expect(await pair.textsAtAnna()).not.toContain('anna: a1')
    const question = await pair.ask()
    expect(await pair.sharingAtBen()).toMatchObject({
      isCodeChanged: true,
      isVerified: false,
      ownCount: 2,
      contactCount: 3,
    })
    await pair.consent(question)
    await expect.poll(pair.textsAtAnna, PATIENCE).toEqual(said)
    expect(await pair.sharingAtAnna()).toMatchObject({
      state: 'done',
      taken: 5,
      total: 5,
      missing: 0,
      refused: 0,
    })
    const items = await pair.itemsAtAnna()
    expect(items.map((item) => item.kind === 'message' && item.isShared)).toEqual(items.map(() => true))
    expect(await readLines(pair.atBen, pair.anna.account)).toContain('history-shared-here')
    expect(await pair.sharingAtBen()).toBeNull()
    expect(pair.sealedBatches()).toHaveLength(1)
    await pair.say('anna', 'on')
    await pair.say('ben', 'on')
  })

  test('leaves nothing of it before the contact agrees, and nothing after a refusal', async () => {
    await pair.say('anna', 'a1')
    await pair.wipeAnna()
    const question = await pair.ask()
    await pair.say('ben', 'before')
    await declineAsk(pair.atBen.open, pair.anna.account.id, question)
    await pair.consent(question)
    await pair.say('ben', 'after')
    expect(await pair.batchesAtBen()).toEqual([])
    expect(pair.sealedBatches()).toEqual([])
    expect(await pair.sharingAtBen()).toBeNull()
    expect(await pair.sharingAtAnna()).toMatchObject({ state: 'asked', taken: 0 })
  })

  test('goes on after either browser was ended at any moment, and doubles nothing', async () => {
    const said = [
      ...(await pair.say('anna', ...longTexts(100, 'a'))),
      ...(await pair.say('ben', ...longTexts(100, 'b'))),
    ]
    await pair.wipeAnna()
    await pair.consent(await pair.ask())
    const seed = randomInt(2 ** 31)
    const random = createRandomness(seed)
    let interrupted = 0
    for (let kill = 0; kill < 20; kill += 1) {
      await wait(random.whole(0, 60))
      if ((await pair.sharingAtAnna())?.state !== 'done') interrupted += 1
      if (random.isLikely(0.5)) {
        pair.ben.browser.closeTabs()
        await wait(random.whole(0, 50))
        await pair.openBen()
      } else {
        pair.anna.browser.closeTabs()
        await wait(random.whole(0, 50))
        await pair.openAnna()
      }
    }
    await pair.waitUntilShared()
    expect(await pair.textsAtAnna(), `seed ${seed}`).toEqual(said)
    expect(await pair.sharingAtAnna()).toMatchObject({ taken: 200, total: 200, missing: 0, refused: 0 })
    expect(interrupted, 'batches come faster than browsers are ended').toBeGreaterThan(4)
  }, 120_000)

  test('waits for the person’s own messages', async () => {
    await pair.say('anna', ...longTexts(60, 'a'))
    await pair.wipeAnna()
    await pair.consent(await pair.ask())
    await expect.poll(pair.sharingAtAnna, PATIENCE).toMatchObject({ state: 'coming' })
    await pair.say('ben', 'quickly')
    expect(await pair.sharingAtAnna()).toMatchObject({ state: 'coming' })
    const waiting = (await pair.batchesAtBen()).filter(({ text }) => text.startsWith('{'))
    expect(waiting.length).toBeLessThanOrEqual(1)
    await pair.waitUntilShared()
  })

  test('stops when the person says so, and takes back what has not left', async () => {
    await pair.say('anna', ...longTexts(60, 'a'))
    await pair.wipeAnna()
    const question = await pair.ask()
    await pair.consent(question)
    await expect.poll(pair.sharingAtAnna, PATIENCE).toMatchObject({ state: 'coming' })
    pair.ben.browser.isOffline = true
    await stopSharing(pair.atBen.open, pair.anna.account.id)
    pair.ben.browser.isOffline = false
    await pair.say('ben', 'enough')
    const sealed = pair.sealedBatches().length
    await pair.say('ben', 'really')
    expect(pair.sealedBatches()).toHaveLength(sealed)
    const { taken } = (await pair.sharingAtAnna()) ?? {}
    expect(taken).toBeLessThan(60)
  })

  test('comes back from the log when only the database was lost', async () => {
    const said = [...(await pair.say('anna', 'a1')), ...(await pair.say('ben', 'b1'))]
    await pair.wipeAnna()
    await pair.consent(await pair.ask())
    await pair.waitUntilShared()
    pair.anna.browser.closeTabs()
    await Dexie.delete(databaseName(pair.anna.account.id))
    await pair.openAnna()
    await expect.poll(pair.textsAtAnna, PATIENCE).toEqual(said)
  })

  test('is asked for once only by a contact whose database was lost meanwhile', async () => {
    await pair.say('anna', 'a1')
    await pair.wipeAnna()
    await pair.consent(await pair.ask())
    await pair.waitUntilShared()
    pair.ben.browser.closeTabs()
    await Dexie.delete(databaseName(pair.ben.account.id))
    await pair.openBen()
    await expect.poll(pair.textsAtBen, PATIENCE).toEqual(['anna: a1'])
    expect(await pair.sharingAtBen()).toBeNull()
  })

  test('gives way to what this browser can read itself once its keys are back', async () => {
    const said = [...(await pair.say('anna', 'a1')), ...(await pair.say('ben', 'b1'))]
    const keys = pair.atAnna.open.vault.backupItems()
    await pair.wipeAnna()
    await pair.consent(await pair.ask())
    await pair.waitUntilShared()
    await pair.atAnna.open.vault.restore(keys, null)
    expect(await rereadLog(pair.atAnna.open, pair.ben.account.id, () => undefined)).toBe(true)
    expect(await pair.textsAtAnna()).toEqual(said)
    const items = await pair.itemsAtAnna()
    expect(items.map((item) => item.kind === 'message' && item.isShared)).toEqual([false, false])
  })

  test.each(['before', 'after'])(
    'shows once what the contact also sends again, if that comes %s it',
    async (when) => {
      const said = [...(await pair.say('anna', 'a1'))]
      pair.anna.browser.closeTabs()
      await write(pair.atBen, pair.anna.account, 'b1')
      await expect.poll(async () => (await pair.textsAtBen()).at(-1), PATIENCE).toBe('ben: b1')
      await expect
        .poll(async () => (await readLines(pair.atBen, pair.anna.account)).at(-1), PATIENCE)
        .toBe('me: b1 (sent)')
      said.push('ben: b1')
      await pair.wipeAnna()
      const question = await pair.ask()
      const sendCopies = async () => {
        await expect.poll(heldAtBen, PATIENCE).toBe(1)
        await pair.atBen.open.database.conversations.update(pair.anna.account.id, { heldUpTo: null })
        pair.atBen.tender.tend(pair.anna.account.id)
        await expect.poll(copiesAtAnna, PATIENCE).toBe(1)
      }
      if (when === 'before') await sendCopies()
      await pair.consent(question)
      await pair.waitUntilShared()
      if (when === 'after') await sendCopies()
      await expect.poll(pair.textsAtAnna, PATIENCE).toEqual(said)
    },
  )
})

const heldAtBen = async (): Promise<number> =>
  (await pair.atBen.open.database.messages.toArray()).filter(({ againFor }) => againFor !== undefined).length
const copiesAtAnna = async (): Promise<number> =>
  (await pair.atAnna.open.database.messages.toArray()).filter(({ again }) => again !== undefined).length

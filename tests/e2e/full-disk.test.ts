/** A browser whose quota is used up, by Chromium's own quota and not by a pretended error (reliability T-A6). */
import type { CDPSession } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectHistoryIsLog, expectKept, readLog } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

let pair: Pair
let cdp: CDPSession

beforeAll(async () => {
  pair = await meet()
  cdp = await pair.alice.context.newCDPSession(pair.alice.page)
})

afterAll(() => pair?.remove())

/** In bytes; null: as much as the browser gives by itself. Chromium asks itself only now and then how much that is. */
async function giveRoom(quotaSize: number | null): Promise<void> {
  const { origin } = pair.app
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, ...(quotaSize !== null && { quotaSize }) })
  const hasRoom = () => pair.alice.page.evaluate(writeSomething)
  await expect.poll(hasRoom, { timeout: 90_000, interval: 500 }).toBe(quotaSize === null)
}

/** Runs in the page, in a database that is not the app's. */
async function writeSomething(): Promise<boolean> {
  const opening = indexedDB.open('room')
  return new Promise((resolve) => {
    opening.addEventListener('upgradeneeded', () =>
      opening.result.createObjectStore('any', { autoIncrement: true }),
    )
    opening.addEventListener('error', () => resolve(false))
    opening.addEventListener('success', () => {
      const writing = opening.result.transaction('any', 'readwrite')
      writing.objectStore('any').add('x'.repeat(100))
      for (const end of ['complete', 'abort'])
        writing.addEventListener(end, () => {
          opening.result.close()
          resolve(end === 'complete')
        })
    })
  })
}

const storageFull = () => pair.alice.page.getByText('Storage full.')

describe('a browser without room', () => {
  test('says so, sends nothing, and leaves what was typed where it is', async () => {
    const before = await readLog(pair.database)
    await giveRoom(1)
    const composer = pair.alice.composer('bob')
    await composer.fill('typed without room')
    await composer.press('Enter')
    await pair.alice.page
      .getByText(/could not store that|Storage full/)
      .first()
      .waitFor()
    expect(await composer.inputValue()).toBe('typed without room')
    expect(await readLog(pair.database)).toEqual(before)
  })

  test('says that it cannot keep what arrives, either', async () => {
    await pair.bob.write('alice', 'sent to a full browser')
    await storageFull().waitFor()
    expect(await pair.alice.page.getByText('sent to a full browser').count()).toBe(0)
  })

  test('opens, and says the same, when it is loaded anew', async () => {
    await pair.alice.page.reload()
    await storageFull().waitFor()
    await pair.alice.page.locator('.bubble-text').getByText('hello', { exact: true }).waitFor()
  })

  test('has everything once there is room', async () => {
    await giveRoom(null)
    await pair.alice.page.getByRole('button', { name: 'Try again' }).click()
    await pair.alice.waitForText('sent to a full browser')
    await storageFull().waitFor({ state: 'detached' })
    const composer = pair.alice.composer('bob')
    await composer.fill('typed with room')
    await composer.press('Enter')
    await expectKept(pair.bob.page, 'typed with', ['typed with room'])
    await expectHistoryIsLog(pair.alice, pair.database)
    const seals = readCryptoLog(pair.alice.profile.consoleLines).filter(
      ({ operation }) => operation === 'seal',
    )
    expect(repeatedIvs(seals)).toEqual([])
  })
})

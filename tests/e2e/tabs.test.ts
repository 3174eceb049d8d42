/** Two tabs of one person: both write and read, one holds the stream, and neither depends on the other (reliability T-A9, T-E7). */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freeze } from './freeze.ts'
import { expectHistoryIsLog, expectKept, numbered } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

/** A tab asks for 10 s before it takes over from one that does not answer, and then has to connect. */
const TAKEOVER_MOST_MS = 25_000
/** One that was closed is asked for nothing. */
const SOONER_MS = 9_000

let pair: Pair
let first: Page
let second: Page
let thaw = (): Promise<void> => Promise.resolve()

beforeAll(async () => {
  pair = await meet()
  first = pair.alice.page
  second = await pair.alice.profile.openPage(first.url())
  await second.getByLabel('Message to bob').waitFor()
})

afterAll(async () => {
  await thaw().catch(() => undefined)
  await pair?.remove()
})

async function writeIn(page: Page, contact: string, texts: readonly string[]): Promise<void> {
  const composer = page.getByLabel(`Message to ${contact}`)
  for (const text of texts) {
    await composer.fill(text)
    await composer.press('Enter')
    await page.getByText(text, { exact: true }).waitFor()
  }
}

const waitForText = (page: Page, text: string, timeout?: number): Promise<void> =>
  page
    .locator('.bubble-text')
    .getByText(text, { exact: true })
    .waitFor({ ...(timeout !== undefined && { timeout }) })

/** Whether a tab holds the stream for all. */
function holdsStream(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    navigator.locks.request('who-am-i', async () => {
      const { held = [] } = await navigator.locks.query()
      const self = held.find(({ name }) => name === 'who-am-i')?.clientId
      return held.some(({ name, clientId }) => name?.endsWith('-stream') === true && clientId === self)
    }),
  )
}

const isShownOffline = (page: Page): Promise<boolean> => page.getByText('You are offline').isVisible()

describe('two tabs', () => {
  test('write at the same time as the contact, and everything arrives once and in order', async () => {
    const { alice, bob } = pair
    const [one, two, three] = ['tab one', 'tab two', 'from bob'].map((name) => numbered(name, 20))
    await Promise.all([
      writeIn(first, 'bob', one ?? []),
      writeIn(second, 'bob', two ?? []),
      writeIn(bob.page, 'alice', three ?? []),
    ])
    for (const page of [bob.page, first, second]) {
      await expectKept(page, 'tab one', one ?? [])
      await expectKept(page, 'tab two', two ?? [])
      await expectKept(page, 'from bob', three ?? [])
    }
    const lines = [...alice.profile.consoleLines, ...bob.profile.consoleLines]
    const seals = readCryptoLog(lines).filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBeGreaterThanOrEqual(61)
    expect(repeatedIvs(seals)).toEqual([])
  })

  test('open one stream between them', async () => {
    expect([await holdsStream(first), await holdsStream(second)]).toEqual([true, false])
    expect(pair.aliceNet.streamCount).toBe(1)
  })
})

describe('a leader that is frozen', () => {
  test('loses the stream to the other tab, which goes on receiving and sending', async () => {
    thaw = await freeze(pair.alice.context, first)
    await pair.bob.write('alice', 'while one is frozen')
    await waitForText(second, 'while one is frozen', TAKEOVER_MOST_MS)
    expect(await holdsStream(second)).toBe(true)
    await writeIn(second, 'bob', ['from the other tab'])
    await waitForText(pair.bob.page, 'from the other tab', TAKEOVER_MOST_MS)
  }, 60_000)

  test('reads and writes again when it thaws, and leaves the stream where it is', async () => {
    await thaw()
    await waitForText(first, 'from the other tab')
    await writeIn(first, 'bob', ['thawed'])
    await waitForText(pair.bob.page, 'thawed')
    await expect.poll(() => pair.aliceNet.streamCount).toBe(1)
    expect([await holdsStream(first), await holdsStream(second)]).toEqual([false, true])
    expect([await isShownOffline(first), await isShownOffline(second)]).toEqual([false, false])
  })
})

describe('a leader that is closed', () => {
  test('hands the stream over at once', async () => {
    await second.close()
    await pair.bob.write('alice', 'after the leader closed')
    await waitForText(first, 'after the leader closed', SOONER_MS)
    expect(await holdsStream(first)).toBe(true)
    await expectHistoryIsLog(pair.alice, pair.database)
    await expectHistoryIsLog(pair.bob, pair.database)
  })
})

describe('signing out and in', () => {
  test('in one tab shows in the other', async () => {
    const { alice } = pair
    second = await alice.profile.openPage(first.url())
    await second.getByLabel('Message to bob').waitFor()
    await second.getByRole('button', { name: 'Account: alice' }).click()
    await second.getByRole('menuitem', { name: 'Sign out' }).click()
    await second.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    for (const page of [first, second]) await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await alice.signIn()
    for (const page of [first, second]) await page.getByRole('button', { name: 'Account: alice' }).waitFor()
    await alice.openConversation('bob')
    await writeIn(first, 'bob', ['signed in again'])
    await waitForText(pair.bob.page, 'signed in again')
  })
})

describe('all this', () => {
  test('throws no exception in any page', () => {
    expect([...pair.alice.profile.pageErrors, ...pair.bob.profile.pageErrors]).toEqual([])
  })
})

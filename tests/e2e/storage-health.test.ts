/** Before storage is lost: the page that says how safe it is, and the hint when nothing keeps it and nothing would bring it back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HABIT_WORDS } from '../../pwa/ui/storage-words.ts'
import { numbered } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import type { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'

const camera = new ScreenCamera('.build/screens/storage')

let pair: Pair
let alice: Person

beforeAll(async () => {
  pair = await meet({
    // Counts how often the app asks for the promise, and answers as Chromium does to a site that it hardly knows.
    prepare: async ({ context, page }) => {
      await context.addInitScript(() => {
        const persist = navigator.storage.persist.bind(navigator.storage)
        navigator.storage.persist = () => {
          sessionStorage.setItem('asked', String(Number(sessionStorage.getItem('asked')) + 1))
          return persist()
        }
      })
      await page.reload()
    },
  })
  ;({ alice } = pair)
})
afterAll(() => pair?.remove())

const hint = () => alice.page.getByText('Your messages are only in this browser.')
const timesAsked = () => alice.page.evaluate(() => Number(sessionStorage.getItem('asked')))

/** In both themes, on a desktop and a phone, and at 200 % zoom. */
const visit = async (name: string) => expect(await camera.visit(alice.page, name)).toEqual([])

async function openStorage(): Promise<void> {
  await alice.page.getByRole('button', { name: 'Account: alice' }).click()
  await alice.page.getByRole('menuitem', { name: 'Storage' }).click()
  await alice.page.getByRole('heading', { name: 'Storage' }).waitFor()
}

describe('the promise to keep storage', () => {
  test('is asked for with the first message, and not at a start', async () => {
    expect(await timesAsked()).toBe(1)
    await alice.page.evaluate(() => sessionStorage.removeItem('asked'))
    await alice.page.reload()
    await alice.composer('bob').waitFor()
    expect(await timesAsked()).toBe(0)
  })
})

describe('the hint', () => {
  test('comes with the tenth message, and names the ways out', async () => {
    for (const text of numbered('before the hint', 8)) await alice.write('bob', text)
    await alice.waitForState('before the hint 8', 'Delivered')
    await hint().waitFor()
    await visit('hint')
    await alice.page.getByRole('button', { name: 'Other ways' }).click()
    await alice.page.getByRole('heading', { name: 'Storage' }).waitFor()
  })

  test('stays away once it was put off', async () => {
    await alice.page.getByRole('button', { name: 'Not for 30 days' }).click()
    await hint().waitFor({ state: 'detached' })
    await alice.page.reload()
    await alice.page.getByText('Promised to be kept').waitFor()
    expect(await hint().count()).toBe(0)
  })
})

describe('the storage page', () => {
  test('says what this browser promises, and asks for more', async () => {
    const { page } = alice
    await page.goto(`${pair.app.origin}/`)
    await openStorage()
    await page.getByText('Not yet. The browser may clear it by itself.').waitFor()
    await page.getByText(/MB used, [0-9.]+ (MB|GB) left/).waitFor()
    await page.getByText('None. If the keys are lost, the messages stay closed.').waitFor()
    await page.getByText(HABIT_WORDS.chromium).waitFor()
    await page.getByRole('button', { name: 'Ask the browser' }).click()
    await page.getByRole('alert').filter({ hasText: 'has not promised it' }).waitFor()
    await visit('page')
    await page.getByRole('button', { name: 'Make one' }).click()
    await page.getByRole('heading', { name: 'Key backup' }).waitFor()
  })

  test('says so when the browser has promised', async () => {
    const { page, context } = alice
    const cdp = await context.newCDPSession(page)
    await cdp.send('Browser.grantPermissions', { origin: pair.app.origin, permissions: ['durableStorage'] })
    await openStorage()
    const ask = page.getByRole('button', { name: 'Ask the browser' })
    if (await ask.isVisible()) await ask.click()
    await page.getByText('Yes. This browser clears it only when you tell it to.').waitFor()
  })
})

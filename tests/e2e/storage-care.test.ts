/**
 * Before storage is lost: the page that says how safe it is, and the hint when nothing keeps it and nothing would bring it back. And
 * leaving a browser: with everything kept (reliability T-A5), or with everything erased.
 */
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
        if (!isSecureContext) return // the empty page that a tab begins with
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

/** All that a script of the page finds in what the browser keeps for the site. */
const listKept = () =>
  alice.page.evaluate(async () => ({
    items: Object.keys(localStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }))

const readIdentity = () =>
  alice.page.evaluate(() => {
    const name = Object.keys(localStorage).find((one) => one.endsWith('/identity')) ?? ''
    return (JSON.parse(localStorage.getItem(name) ?? '{}') as { publicKey?: string }).publicKey // its form
  })

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
    for (const text of numbered('before the hint', 9)) await alice.write('bob', text)
    await alice.waitForState('before the hint 9', 'Delivered')
    await hint().waitFor()
    await visit('hint')
    await alice.page.getByRole('button', { name: 'More ways' }).click()
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

describe('leaving', () => {
  test('by signing out keeps the identity and what waits, and the next sign-in sends it', async () => {
    const { page } = alice
    const { bob, aliceNet } = pair
    await alice.openConversation('bob')
    const identity = await readIdentity()
    expect(identity).toMatch(/^[\w-]{130}$/)
    aliceNet.goDown()
    await alice.write('bob', 'waits for the next sign-in')
    await alice.waitForState('waits for the next sign-in', 'Queued')
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    aliceNet.mend()
    await alice.signIn()
    await alice.openConversation('bob')
    await bob.waitForText('waits for the next sign-in')
    expect(await readIdentity()).toBe(identity)
    expect(await bob.notice('security code changed').count()).toBe(0)
  })

  test('by erasing says what goes, and counts what would be lost', async () => {
    const { page } = alice
    pair.aliceNet.goDown()
    await alice.write('bob', 'never sent')
    await alice.waitForState('never sent', 'Queued')
    await openStorage()
    await page.getByRole('button', { name: 'Sign out and erase' }).click()
    await page.getByText('One message that was not sent yet will be lost.').waitFor()
    await page.getByRole('button', { name: 'Back up my keys first' }).waitFor()
    await visit('erase')
    await page.getByRole('button', { name: 'Erase everything' }).click()
    await page.getByRole('alert').filter({ hasText: 'Tick the box' }).waitFor()
    expect(await readIdentity()).toBeDefined()
  })

  test('by erasing leaves nothing in any tab, also without the server, and says what the server does not know', async () => {
    const { page, profile } = alice
    const second = await profile.openPage(`${pair.app.origin}/`)
    await second.getByRole('link', { name: 'bob' }).waitFor()
    await page.getByLabel('All of this may go from this browser').check()
    await page.getByRole('button', { name: 'Erase everything' }).click()
    await page.getByText('alice was erased from this browser.').waitFor()
    await page.getByText(/its session goes on until \d/).waitFor()
    await second.getByRole('heading', { name: 'Sign in' }).waitFor()
    await visit('erased')
    const nothing = { databases: [], caches: [], workers: 0 }
    expect(await listKept()).toEqual({ ...nothing, items: ['letterlock/end-pending'] })
    expect(await page.getByLabel('Username').inputValue()).toBe('')
    await second.close()
  })

  test('by erasing ends the session once the server is there, and the next sign-in begins with nothing', async () => {
    pair.aliceNet.mend()
    await alice.openTab()
    await alice.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await expect.poll(async () => (await listKept()).items).toEqual([])
    await alice.signIn()
    await alice.page.getByText('Your keys are gone from this browser').waitFor()
    expect(alice.profile.pageErrors).toEqual([])
  })

  test('by erasing leaves nothing, also where the page is left in the midst of it', async () => {
    const { page, profile } = alice
    const { id } = await page.evaluate(
      () =>
        (JSON.parse(localStorage.getItem('letterlock/last-account') ?? '') as { account: { id: number } })
          .account, // its form
    )
    // A tab that does not close the account, so that erasing waits.
    const second = await profile.openPage(`${pair.app.origin}/`)
    await second.evaluate((lock) => {
      void navigator.locks.request(lock, { mode: 'shared' }, () => new Promise(() => undefined))
    }, `letterlock-${id}-run`)
    await openStorage()
    await page.getByRole('button', { name: 'Sign out and erase' }).click()
    await page.getByLabel('All of this may go from this browser').check()
    await page.getByRole('button', { name: 'Erase everything' }).click()
    await second.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect((await listKept()).databases).not.toEqual([])
    await alice.openTab()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await expect.poll(async () => (await listKept()).items).toEqual([])
    expect((await listKept()).databases).toEqual([])
    expect(profile.pageErrors).toEqual([])
    await second.close()
  })
})

/** What the page does when its storage is cleared under it, in part or whole, by whomever (reliability T-A3). */
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectHistoryIsLog, expectKept, readLog } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const WARNED_WITHIN_MS = 3_000

let pair: Pair
let first: Page
let second: Page
let cdp: CDPSession
let identities: unknown
/** An item of localStorage that the first tab wrote after the second one was opened. */
let newest = ''

beforeAll(async () => {
  pair = await meet()
  first = pair.alice.page
  second = await pair.alice.profile.openPage(first.url())
  await second.getByLabel('Message to bob').waitFor()
  const known = await listKeys()
  await pair.alice.refreshKeys()
  await pair.alice.notice('Keys changed').waitFor()
  newest = (await listKeys()).find((name) => !known.includes(name)) ?? ''
  cdp = await pair.alice.context.newCDPSession(first)
  await cdp.send('DOMStorage.enable')
  identities = await readIdentities()
})

afterAll(() => pair?.remove())

const readIdentities = () => pair.database.query('select * from identities order by account, number')

const warningIn = (page: Page) => page.getByText('Your keys are gone from this browser')

async function expectWarnings(): Promise<void> {
  await Promise.all([first, second].map((page) => warningIn(page).waitFor({ timeout: WARNED_WITHIN_MS })))
}

/** Enter in the composer, which keeps what was typed when it cannot be sent. */
async function expectSendingRefused(page: Page, text: string): Promise<void> {
  const before = await readLog(pair.database)
  const composer = page.getByLabel('Message to bob')
  await composer.fill(text)
  await composer.press('Enter')
  await page.waitForTimeout(300)
  expect(await composer.inputValue()).toBe(text)
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  expect(await readLog(pair.database)).toEqual(before)
}

async function putKeysBack(): Promise<void> {
  await first.getByRole('button', { name: 'Put my keys back' }).click()
  await Promise.all(
    [first, second].map((page) => warningIn(page).waitFor({ state: 'detached', timeout: WARNED_WITHIN_MS })),
  )
}

async function expectSending(page: Page, text: string): Promise<void> {
  const composer = page.getByLabel('Message to bob')
  await composer.fill(text)
  await composer.press('Enter')
  await expectKept(pair.bob.page, text, [text])
}

const clearOf = (storageTypes: string) => () =>
  cdp.send('Storage.clearDataForOrigin', { origin: pair.app.origin, storageTypes })

const storageId = () => ({ securityOrigin: pair.app.origin, isLocalStorage: true })

const listKeys = (): Promise<string[]> => first.evaluate(() => Object.keys(localStorage))

const clearings: readonly { by: string; clear: () => Promise<unknown> }[] = [
  { by: 'a script of its own origin', clear: () => first.evaluate(() => localStorage.clear()) },
  {
    by: 'a script that removes one key',
    clear: () => first.evaluate((name) => localStorage.removeItem(name), newest),
  },
  {
    by: 'the developer tools’ “Clear all”',
    clear: () => cdp.send('DOMStorage.clear', { storageId: storageId() }),
  },
  {
    by: 'the developer tools, one row',
    clear: () => cdp.send('DOMStorage.removeDOMStorageItem', { storageId: storageId(), key: newest }),
  },
  { by: 'the browser, local storage only', clear: clearOf('local_storage') },
]

describe.each(clearings)('localStorage cleared by $by', ({ by, clear }) => {
  test('is noticed in both tabs, stops sending, and can be put right', async () => {
    await clear()
    await expectWarnings()
    await expectSendingRefused(first, `first, ${by}`)
    await expectSendingRefused(second, `second, ${by}`)
    await putKeysBack()
    await expectSending(first, `first, ${by}`)
    await expectSending(second, `second, ${by}`)
    expect(await readIdentities()).toEqual(identities)
  })
})

describe('IndexedDB cleared while the keys are there', () => {
  test('is read again from the log, and the keys are refreshed before anything is sealed', async () => {
    const before = await readLog(pair.database)
    await clearOf('indexeddb')()
    // The loss is remembered by the runs that follow, even before anything was sealed.
    for (const page of [first, second]) await page.reload()
    for (const page of [first, second])
      await page.locator('.bubble-text').getByText('hello', { exact: true }).waitFor()
    await expectHistoryIsLog(pair.alice, pair.database)
    await expectSending(first, 'first, without a database')
    await expectSending(second, 'second, without a database')
    const later = (await readLog(pair.database)).slice(before.length)
    expect(later.map(({ type }) => type)).toEqual(['change', 'msg', 'msg'])
    expect(await warningIn(first).count()).toBe(0)
    expect(await readIdentities()).toEqual(identities)
  })
})

describe('the whole site cleared', () => {
  test('is noticed in both tabs, stops sending, and can be put right after a sign-in', async () => {
    const before = await readLog(pair.database)
    await clearOf('all')()
    await expectWarnings()
    await putKeysBack()
    await first.getByText('Your session has ended').waitFor()
    await first.getByRole('button', { name: 'Sign in' }).first().click()
    await pair.alice.signIn()
    await pair.alice.openConversation('bob')
    await expectHistoryIsLog(pair.alice, pair.database)
    await expectSending(first, 'after everything was cleared')
    const later = (await readLog(pair.database)).slice(before.length)
    expect(later.map(({ type }) => type)).toEqual(['change', 'msg'])
    expect(await readIdentities()).toEqual(identities)
  })
})

describe('all this', () => {
  test('seals nothing twice under one IV', () => {
    const lines = [...pair.alice.profile.consoleLines, ...pair.bob.profile.consoleLines]
    const seals = readCryptoLog(lines).filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBeGreaterThan(10)
    expect(repeatedIvs(seals)).toEqual([])
  })
})

/**
 * What the page does when its storage is cleared under it: the nine ways of reliability T-A3, each with two tabs open, and a
 * database that comes back empty because its files were damaged (T-B4).
 */
import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { CDPSession, Cookie, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectHistoryIsLog, expectKept, readLog } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

/** It has to be there within 2 s; a loaded machine is given three times that. */
const WARNED_WITHIN_MS = 6_000
const WARNINGS = {
  keys: 'Your keys are gone from this browser',
  'keys-and-history': 'Your keys are gone from this browser, and your messages with them',
  history: 'Your messages were cleared from this browser.',
} as const

let pair: Pair
let tabs: readonly [Page, Page]
let cdp: CDPSession
let identities: unknown
let session: Cookie[] = []

beforeAll(async () => {
  pair = await meet()
  await openTabs(pair.alice.page)
  identities = await readIdentities()
  session = (await pair.alice.context.cookies()).filter(({ httpOnly }) => httpOnly)
})

afterAll(() => pair?.remove())

async function openTabs(first: Page): Promise<void> {
  const second = await pair.alice.profile.openPage(first.url())
  tabs = [first, second]
  for (const tab of tabs) await tab.getByLabel('Message to bob').waitFor()
  cdp = await pair.alice.context.newCDPSession(first)
  await cdp.send('DOMStorage.enable')
}

const readIdentities = () => pair.database.query('select * from identities order by account, number')
const inBoth = (work: (tab: Page) => Promise<unknown>) => Promise.all(tabs.map(work))
const warningIn = (tab: Page, words: string) => tab.getByText(words, { exact: true })
const sentBy = (tab: Page) => (tab === tabs[0] ? 'first' : 'second')

async function expectWarnings(loss: keyof typeof WARNINGS): Promise<void> {
  await inBoth((tab) => warningIn(tab, WARNINGS[loss]).waitFor({ timeout: WARNED_WITHIN_MS }))
}

const expectNoWarnings = () =>
  inBoth(async (tab) => {
    for (const words of Object.values(WARNINGS))
      await warningIn(tab, words).waitFor({ state: 'detached', timeout: WARNED_WITHIN_MS })
  })

/** Enter in the composer, which keeps what was typed when it cannot be sent. */
async function expectSendingRefused(tab: Page, text: string): Promise<void> {
  const before = await readLog(pair.database)
  const composer = tab.getByLabel('Message to bob')
  await composer.fill(text)
  await composer.press('Enter')
  await tab.waitForTimeout(300)
  expect(await composer.inputValue()).toBe(text)
  expect(await tab.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  expect(await readLog(pair.database)).toEqual(before)
  await composer.fill('')
}

/** The history is gone as well: either there is no conversation to write in, or it refuses. */
async function expectNoWayToSend(tab: Page): Promise<void> {
  const missing = tab.getByRole('heading', { name: 'No such conversation' })
  const composer = tab.getByLabel('Message to bob')
  await missing.or(composer).first().waitFor()
  if (await composer.isVisible()) await expectSendingRefused(tab, 'refused')
}

async function putKeysBack(): Promise<void> {
  await tabs[0].getByRole('button', { name: 'Put my keys back' }).click()
  await expectNoWarnings()
}

/** From both tabs, to bob. Gives the kinds of the entries that this took. */
async function expectSending(about: string): Promise<string[]> {
  const before = await readLog(pair.database)
  for (const tab of tabs) {
    const text = `${sentBy(tab)}, ${about}`
    const composer = tab.getByLabel('Message to bob')
    await composer.fill(text)
    await composer.press('Enter')
    await expectKept(pair.bob.page, text, [text])
  }
  return (await readLog(pair.database)).slice(before.length).map(({ type }) => type)
}

const clearOf = (storageTypes: string) => () =>
  cdp.send('Storage.clearDataForOrigin', { origin: pair.app.origin, storageTypes })

const storageId = () => ({ securityOrigin: pair.app.origin, isLocalStorage: true })

/** The name of an item with key material: the same for all tabs. */
const findKey = (): Promise<string> =>
  tabs[0].evaluate(() => Object.keys(localStorage).find((name) => name.endsWith('/secret')) ?? '')

/** As careless operators let a server answer; ours never does. */
const answerClearing = (header: string) => async () => {
  pair.aliceNet.treat(({ path: asked }) => ({
    kind: 'pass',
    ...(asked === '/api/session' ? { headers: { 'clear-site-data': header } } : {}),
  }))
  await tabs[0].evaluate(() => fetch('/api/session'))
  pair.aliceNet.mend()
}

interface Clearing {
  readonly by: string
  readonly clear: () => Promise<unknown>
}

const clearings: readonly Clearing[] = [
  { by: 'a script of its own origin', clear: () => tabs[0].evaluate(() => localStorage.clear()) },
  {
    by: 'a script that removes one key',
    clear: async () => tabs[0].evaluate((name) => localStorage.removeItem(name), await findKey()),
  },
  {
    by: 'the developer tools’ “Clear all”',
    clear: () => cdp.send('DOMStorage.clear', { storageId: storageId() }),
  },
  {
    by: 'the developer tools, one row',
    clear: async () =>
      cdp.send('DOMStorage.removeDOMStorageItem', { storageId: storageId(), key: await findKey() }),
  },
  { by: 'the browser, local storage only', clear: clearOf('local_storage') },
]

describe.each(clearings)('localStorage cleared by $by', ({ by, clear }) => {
  test('is noticed in both tabs, stops sending, and can be put right', async () => {
    await clear()
    await expectWarnings('keys')
    await inBoth((tab) => expectSendingRefused(tab, `refused, ${by}`))
    await putKeysBack()
    expect(await expectSending(by)).toEqual(['msg', 'msg'])
    expect(await readIdentities()).toEqual(identities)
  })
})

describe('IndexedDB cleared while the keys are there', () => {
  test('is said in both tabs and read again from the log, and new keys come before the next message', async () => {
    await clearOf('indexeddb')()
    await expectWarnings('history')
    // The loss is remembered by the runs that follow, even before anything was sealed.
    await inBoth((tab) => tab.reload())
    await expectWarnings('history')
    await inBoth((tab) => tab.locator('.bubble-text').getByText('hello', { exact: true }).waitFor())
    await expectHistoryIsLog(pair.alice, pair.database)
    await tabs[1].getByRole('button', { name: 'Understood' }).click()
    await expectNoWarnings()
    expect(await expectSending('without a database')).toEqual(['change', 'msg', 'msg'])
    expect(await readIdentities()).toEqual(identities)
  })
})

const wholeClearings: readonly Clearing[] = [
  { by: 'the developer tools’ “Clear site data”', clear: clearOf('all') },
  { by: 'an answer with Clear-Site-Data: "storage"', clear: answerClearing('"storage"') },
  { by: 'an answer with Clear-Site-Data: "*"', clear: answerClearing('"*"') },
]

describe.each(wholeClearings)('the whole site cleared by $by', ({ by, clear }) => {
  test('is noticed in both tabs, stops sending, and can be put right', async () => {
    await clear()
    await expectWarnings('keys-and-history')
    await inBoth(expectNoWayToSend)
    await putKeysBack()
    await pair.alice.context.addCookies(session)
    await inBoth((tab) => tab.reload())
    await inBoth((tab) => tab.getByLabel('Message to bob').waitFor())
    await expectNoWarnings()
    await expectHistoryIsLog(pair.alice, pair.database)
    expect(await expectSending(by)).toEqual(['change', 'msg', 'msg'])
    expect(await readIdentities()).toEqual(identities)
  })
})

describe('a database whose files are damaged', () => {
  test('is said to be cleared and read again from the log', async () => {
    const { alice } = pair
    const folder = path.join(alice.profile.folder, 'Default', 'IndexedDB')
    await alice.closeBrowser()
    const ours = (await readdir(folder)).find((name) =>
      name.includes(`localhost_${pair.app.port}.indexeddb.leveldb`),
    )
    for (const name of await readdir(path.join(folder, ours ?? '')))
      if (/^MANIFEST|\.(log|ldb)$/.test(name))
        await writeFile(path.join(folder, ours ?? '', name), Buffer.alloc(4_096, 0xab))
    await alice.openBrowser()
    await alice.openConversation('bob')
    await openTabs(alice.page)
    await expectWarnings('history')
    await expectHistoryIsLog(alice, pair.database)
    expect(await expectSending('after the damage')).toEqual(['change', 'msg', 'msg'])
    expect(await readIdentities()).toEqual(identities)
  })
})

describe('all this', () => {
  test('seals nothing twice under one IV', () => {
    const lines = [...pair.alice.profile.consoleLines, ...pair.bob.profile.consoleLines]
    const seals = readCryptoLog(lines).filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBeGreaterThan(15)
    expect(repeatedIvs(seals)).toEqual([])
  })
})

/** Browsers and windows that lack something (reliability T-A8): words on the screen, and the rest works. Never a spinner. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { BrowserProfile } from '../support/browser.ts'
import { expectKept } from './kept.ts'
import { meet, type Pair } from './pair.ts'

const PICTURES = '.build/screens/lacks'
const SAID_WITHIN_MS = 10_000

interface Lacking {
  readonly name: string
  readonly remove: () => void
  readonly words: RegExp
}

/** What the app cannot do without. */
const refused: readonly Lacking[] = [
  {
    name: 'crypto.subtle',
    remove: () => Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined }),
    words: /begins with https/,
  },
  {
    name: 'IndexedDB',
    remove: () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }),
    words: /ordinary window/,
  },
  {
    name: 'an IndexedDB that opens',
    remove: () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('not in this window', 'InvalidStateError')
      }
    },
    words: /ordinary window/,
  },
  {
    name: 'localStorage',
    remove: () => {
      const get = (): never => {
        throw new DOMException('blocked', 'SecurityError')
      }
      Object.defineProperty(globalThis, 'localStorage', { get })
    },
    words: /allow site data/,
  },
]

/** What the app does without, and says so. */
const lived: readonly Lacking[] = [
  {
    name: 'Web Locks',
    remove: () => Reflect.deleteProperty(Navigator.prototype, 'locks'),
    words: /one tab only/,
  },
  {
    name: 'BroadcastChannel',
    remove: () => Reflect.deleteProperty(globalThis, 'BroadcastChannel'),
    words: /one tab only/,
  },
  {
    name: 'service workers',
    remove: () => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'),
    words: /cannot be opened offline/,
  },
]

describe.each(refused)('a window without $name', ({ name, remove, words }) => {
  let folder: string
  let app: AppProcess
  let profile: BrowserProfile

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-lacks-'))
    app = await AppProcess.start()
    profile = new BrowserProfile(path.join(folder, 'profile'))
    const context = await profile.open()
    await context.addInitScript(remove)
  })
  afterAll(async () => {
    await profile.close()
    await app.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test('says why nothing can be done in it, and what to do', async () => {
    const page = await profile.openPage(app.origin)
    await page.getByText(words).waitFor({ timeout: SAID_WITHIN_MS })
    await page.screenshot({ path: `${PICTURES}/${name}.png` })
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText(words).waitFor({ timeout: SAID_WITHIN_MS })
    expect(await page.locator('[aria-busy=true]').count()).toBe(0)
    expect(profile.pageErrors).toEqual([])
  })
})

describe('a window with less', () => {
  let pair: Pair
  let page: Page | undefined
  let address = ''

  // As the words say: in one tab only.
  beforeAll(async () => {
    pair = await meet()
    address = pair.alice.page.url()
    await pair.alice.closeTab()
  })
  afterAll(() => pair?.remove())
  afterEach(() => page?.close())

  test.each(lived)('without $name says so, and sends and receives', async ({ name, remove, words }) => {
    const { alice, bob } = pair
    page = await alice.context.newPage()
    await page.addInitScript(remove)
    await page.goto(address)
    await page.getByText(words).waitFor({ timeout: SAID_WITHIN_MS })
    await page.screenshot({ path: `${PICTURES}/${name}.png` })
    const composer = page.getByLabel('Message to bob')
    await composer.fill(`without ${name}`)
    await composer.press('Enter')
    await expectKept(bob.page, `without ${name}`, [`without ${name}`])
    await bob.write('alice', `answer without ${name}`)
    await page
      .locator('.bubble-text')
      .getByText(`answer without ${name}`, { exact: true })
      .waitFor({ timeout: SAID_WITHIN_MS })
    await page.getByRole('button', { name: 'Dismiss' }).click()
    expect(await page.getByText(words).count()).toBe(0)
  })

  test('throws no exception in any page', () => {
    expect(pair.alice.profile.pageErrors).toEqual([])
  })
})

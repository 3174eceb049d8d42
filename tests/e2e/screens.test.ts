/**
 * Every screen and state of the built app, at both widths, in both themes and at 200 % zoom: nothing stands beyond the sides,
 * every control has a name and can be reached, the focus shows, and neither axe nor the browser complains. The pictures are for
 * people to look at.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { Person } from './person.ts'
import { clearLocalStorage, fillLocalStorage, TALK } from './screen-props.ts'
import { ScreenCamera, tabThrough } from './screen-camera.ts'

const PICTURES = '.build/screens'
const DAY_S = 86_400
const LONG_NAME = 'maximiliane.von-und-zu_hohenfels'

const isFocused = (element: Element): boolean => element === document.activeElement

describe('the screens', () => {
  let folder: string
  let app: AppProcess
  let alice: Person
  let bob: Person
  let isBroken = false
  // Two days back, so that there is an earlier day to write on.
  let clockOffsetS = -2 * DAY_S
  const camera = new ScreenCamera(PICTURES)
  const serverNow = (): number => Date.now() + clockOffsetS * 1000

  async function moveClockTo(offsetS: number): Promise<void> {
    clockOffsetS = offsetS
    await app.moveClock(offsetS)
  }

  function personNamed(name: string): Person {
    return new Person({ name, folder: path.join(folder, name), origin: app.origin })
  }

  async function visit(name: string, page: Page = alice.page): Promise<void> {
    expect(await camera.visit(page, name)).toEqual([])
  }

  async function expectFocusToShow(names: readonly string[], page: Page = alice.page): Promise<void> {
    const stops = await tabThrough(page)
    expect(stops.map((stop) => stop.name)).toEqual(expect.arrayContaining([...names]))
    expect(stops.filter((stop) => !stop.isFocusShown)).toEqual([])
  }

  const press = (name: string | RegExp, page: Page = alice.page): Promise<void> =>
    page.getByRole('button', { name }).click()

  const alertSaying = (words: string | RegExp, page: Page = alice.page): Promise<void> =>
    page.getByRole('alert').filter({ hasText: words }).waitFor()

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-screens-'))
    app = await AppProcess.start({ hasMovableClock: true })
    await app.moveClock(clockOffsetS)
    alice = personNamed('alice')
    bob = personNamed('bob')
    await alice.openBrowser()
    await bob.openBrowser()
    for (const person of [alice, bob]) {
      camera.watch(person.context)
      await person.page.reload()
    }
    await bob.register(serverNow)
  })

  beforeEach(() => {
    if (isBroken) throw new Error('an earlier screen was not reached')
  })

  afterEach(async ({ task }) => {
    isBroken ||= task.result?.state === 'fail'
    if (task.result?.state !== 'fail' || !alice) return
    await alice.page.screenshot({ path: path.join(PICTURES, 'failed-alice.png') }).catch(() => undefined)
    await bob.page.screenshot({ path: path.join(PICTURES, 'failed-bob.png') }).catch(() => undefined)
  })

  afterAll(async () => {
    await alice?.closeBrowser()
    await bob?.closeBrowser()
    await app?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test('the nets catch what they are for', async () => {
    const { page } = alice
    await page.evaluate(() => {
      const planted = document.createElement('div')
      planted.id = 'planted'
      const wide = document.createElement('button')
      wide.style.width = '3000px'
      planted.append(wide)
      const below = document.createElement('button')
      below.textContent = 'below'
      below.style.cssText = 'position: fixed; top: 3000px'
      planted.append(below)
      document.body.append(planted)
      const picture = document.createElement('img')
      picture.src = 'https://elsewhere.example/picture.png'
      planted.append(picture)
    })
    const faults = await camera.visit(page, 'planted')
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/stands beyond the side/),
        expect.stringMatching(/scrolls sideways/),
        expect.stringMatching(/a button has no name/),
        expect.stringMatching(/^planted-dark-1280: button-name/),
        expect.stringMatching(/^planted at 200 %: button below cannot be scrolled into view/),
        expect.stringMatching(/policy violation: img-src/),
      ]),
    )
    await page.reload()
  })

  test('sign in', async () => {
    const { page } = alice
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await visit('sign-in')
    await expectFocusToShow([
      'Username',
      'Password',
      'Show password',
      'One-time code',
      'Sign in',
      'Create an account',
    ])
    await page.getByLabel('Username').fill('alice')
    await page.getByLabel('Password', { exact: true }).fill('not my password')
    await page.getByLabel('One-time code').fill('123456')
    await press('Sign in')
    await alertSaying('is not right')
    await visit('sign-in-refused')
    await press('Use a recovery code instead')
    await visit('sign-in-recovery-code')
  })

  test('register, step 1', async () => {
    const { page } = alice
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.locator('img.captcha-picture').waitFor()
    await visit('register-1')
    await page.getByLabel('Username').fill('x')
    await page.getByLabel('Password', { exact: true }).fill('kühl12')
    await press('Continue')
    await page.locator('.strength-words', { hasText: /weak/i }).waitFor()
    await visit('register-1-faults')
    await page.getByLabel('Username').fill('bob')
    await page.getByLabel('Password', { exact: true }).fill(alice.password)
    await page.locator('.strength-words', { hasText: 'Strong' }).waitFor()
    await press('Continue')
    await alertSaying('letters and digits of the picture')
    await expectFocusToShow([
      'Characters in the picture',
      'Show another picture',
      'Can’t read it? Let this browser do the work instead',
    ])
    await alice.letBrowserWork()
    await page.locator('.fault').waitFor({ state: 'detached' })
    await visit('register-1-work')
    await press('Continue')
    await alertSaying('taken')
    await visit('register-1-taken')
    await expectFocusToShow(['Username', 'Password', 'Show password', 'Continue', 'Sign in'])
    await page.getByLabel('Username').fill('alice')
    await alice.waitForWork()
    await press('Continue')
  })

  test('register, steps 2 and 3', async () => {
    const { page } = alice
    const link = page.getByRole('link', { name: 'Open in an app on this device' })
    alice.otpauth = (await link.getAttribute('href')) ?? ''
    await visit('register-2')
    await expectFocusToShow(['Copy secret', 'Open in an app on this device', 'One-time code', 'Continue'])
    await page.getByLabel('One-time code').fill('000000')
    await press('Continue')
    await alertSaying('not right')
    await visit('register-2-refused')
    await page.getByLabel('One-time code').fill(await alice.oneTimeCode(serverNow))
    await press('Continue')
    await page.getByRole('list', { name: 'Recovery codes' }).waitFor()
    await visit('register-3')
    await press('Finish and sign in')
    await alertSaying('tick the box')
    await visit('register-3-fault')
    await page.getByLabel('I have saved them').check()
    await press('Finish and sign in')
    await page.getByRole('button', { name: 'Account: alice' }).waitFor()
  })

  test('no conversation yet, and nobody found', async () => {
    const { page } = alice
    await page.getByText('No conversations yet').waitFor()
    await visit('empty')
    const search = page.getByLabel('Find someone by username')
    await page.keyboard.press('Control+k')
    await expect.poll(() => search.evaluate(isFocused)).toBe(true)
    for (const [name, typed, words] of [
      ['search-nobody', 'nobody.here', 'Nobody here is called'],
      ['search-myself', 'alice', 'your own username'],
      ['search-impossible', 'a!', '3 to 32 letters'],
    ] as const) {
      await search.fill(typed)
      await search.press('Enter')
      await alertSaying(words)
      await visit(name)
    }
    await search.fill('')
  })

  test('a conversation with somebody who is not there, under a long name', async () => {
    const other = personNamed(LONG_NAME)
    await other.openBrowser()
    await other.register(serverNow)
    await other.closeBrowser()
    await alice.find(LONG_NAME)
    await visit('conversation-beginning')
    await alice.write(LONG_NAME, 'A first letter, to be sealed when you are there')
    await alice.waitForState('A first letter, to be sealed when you are there', 'Waiting for keys')
    await visit('conversation-waiting')
    await press('Conversation menu')
    await visit('conversation-menu-without-keys')
    await alice.page.keyboard.press('Escape')
  })

  test('keys under way', async () => {
    // Bob is there, but his answer does not get out.
    await bob.context.route('**/api/conversations/*/entries', (route) =>
      route.request().method() === 'POST' ? undefined : route.continue(),
    )
    await alice.find('bob')
    await alice.write('bob', 'Hello Bob')
    await alice.page.getByText('Exchanging keys with bob').waitFor()
    await visit('conversation-exchanging')
    await bob.context.unrouteAll({ behavior: 'ignoreErrors' })
    await bob.page.reload()
    await alice.waitForState('Hello Bob', 'Delivered')
  })

  test('a conversation', async () => {
    await bob.openConversation('alice')
    await alice.openConversation('bob')
    for (const [writer, text] of TALK) {
      if (writer === 'alice') await alice.write('bob', text)
      else await bob.write('alice', text)
      await (writer === 'alice' ? bob : alice).page.getByText(text.slice(0, 30)).last().waitFor()
    }
    await alice.waitForState('?', 'Delivered')
    await visit('conversation')
    await expectFocusToShow([
      'Account: alice',
      'Find someone by username',
      'Conversation menu',
      'Messages with bob',
      'Message to bob',
    ])
  })

  test('links in messages open elsewhere and tell nothing of here', async () => {
    const link = alice.page.getByRole('link', { name: /garden\.example/ })
    expect(await link.getAttribute('href')).toBe(
      'https://garden.example/plans/2026/the-pond-and-the-apple-tree?version=3&colour=green',
    )
    expect(await link.getAttribute('rel')).toBe('noreferrer noopener')
    expect(await link.getAttribute('target')).toBe('_blank')
  })

  test('menus and dialogs', async () => {
    const { page } = alice
    await press('Conversation menu')
    await visit('conversation-menu')
    await page.getByRole('menuitem', { name: 'Refresh keys' }).click()
    await alice.notice('Keys changed').waitFor()
    await visit('conversation-refreshed')
    await page.goto(app.origin)
    await press('Account: alice')
    await visit('account-menu')
    await page.getByRole('menuitem', { name: 'About and security' }).click()
    await visit('about')
    await page.keyboard.press('Escape')
    await press('Account: alice')
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await visit('sign-out')
    await press('Stay signed in')
  })

  test('unread messages', async () => {
    const { page } = alice
    for (const text of [
      'Are you there?',
      'The gravel is here',
      'Two tonnes of it. I may have clicked on the wrong line.',
    ])
      await bob.write('alice', text)
    await page.getByText('3 unread').waitFor()
    await visit('unread')
    await alice.openConversation('bob')
    await page.getByText('New messages').waitFor()
    await visit('conversation-unread')
  })

  test('a session that has ended', async () => {
    const { page } = alice
    await moveClockTo(0)
    await page.reload()
    await page.getByText('Your session has ended').waitFor()
    await alice.composer('bob').waitFor()
    await visit('expired')
    expect(await page.locator('.conversation-head').textContent()).not.toMatch(/not connected|offline/i)
    await press('Sign in')
    await visit('expired-sign-in')
    await expectFocusToShow(['Close', 'Password', 'One-time code', 'Sign in'])
    await alice.signIn(serverNow)
    await bob.page.reload()
    await press('Sign in', bob.page)
    await bob.signIn(serverNow)
    await page.getByText('Online', { exact: true }).waitFor()
  })

  test('another day, and every state of a message', async () => {
    const { page } = alice
    await alice.write('bob', 'Good morning. Is there still room for the pond?')
    await alice.waitForState('Good morning. Is there still room for the pond?', 'Delivered')
    await bob.closeBrowser()
    await alice.write('bob', 'Or do we have a beach now?')
    await alice.waitForState('Or do we have a beach now?', 'Sent')
    await app.stop()
    await page.getByText('You are offline').waitFor()
    await alice.write('bob', 'Call me when you are back')
    await alice.waitForState('Call me when you are back', 'Queued')
    await visit('offline')
    const search = page.getByLabel('Find someone by username')
    await search.fill('carol')
    await search.press('Enter')
    await alertSaying('cannot be reached')
    await visit('offline-refused')
    await search.fill('')
    await app.restart()
    await press('Try now')
    await alice.waitForState('Call me when you are back', 'Sent')
  })

  test('keys that are gone', async () => {
    const { page } = alice
    await bob.openBrowser()
    await bob.openConversation('alice')
    await alice.waitForState('Call me when you are back', 'Delivered')
    await clearLocalStorage(alice)
    await page.getByText('Your keys are gone from this browser').waitFor()
    await visit('keys-gone')
    await expectFocusToShow(['Put my keys back', 'Go on without them', 'Decide later', 'Message to bob'])
    await press('Decide later')
    await visit('keys-gone-folded')
    await press('Choose how to go on')
    await press('Go on without them')
    await visit('keys-gone-confirm')
  })

  test('messages that cannot be read, and a security code that changed', async () => {
    await bob.write('alice', 'This one comes too late for your old keys')
    await bob.waitForState('This one comes too late for your old keys', 'Sent')
    await bob.context.route('**/api/conversations/*/entries', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    )
    for (const text of ['It rains', 'It still rains', 'The pond is no longer needed'])
      await bob.write('alice', text)
    await press('Make new keys')
    await alice.page.getByText('Your keys are gone from this browser').waitFor({ state: 'detached' })
    await alice.write('bob', 'I am on new keys now')
    await alice.page.getByText('cannot be read').first().waitFor()
    await visit('unreadable')
    await bob.page.getByRole('button', { name: /Send \d waiting messages/ }).waitFor()
    await visit('held', bob.page)
    await bob.context.unrouteAll()
    await press(/Send \d waiting messages/, bob.page)
    await alice.waitForText('The pond is no longer needed')
    await visit('conversation-after-new-keys')
  })

  test('no room left', async () => {
    await fillLocalStorage(bob.page)
    await bob.refreshKeys()
    await bob.page.getByText('Storage full').waitFor()
    await visit('storage-full', bob.page)
  })

  test('signed out', async () => {
    const { page } = alice
    await press('Account: alice')
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    const password = page.getByLabel('Password', { exact: true })
    await expect.poll(() => password.evaluate(isFocused)).toBe(true)
    await visit('signed-out')
  })
})

/**
 * Passkeys and security keys in a real browser, with the key that Chromium has built in for tests: added, signed in with,
 * stepped up with, removed, and every refusal as the person reads it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Locator, Page, Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'
import { VirtualKey } from './virtual-key.ts'

const PICTURES = '.build/screens'
const LOGIN = '/api/login'

describe('passkeys and security keys', () => {
  let folder: string
  let app: AppProcess
  let alice: Person
  let page: Page
  let key: VirtualKey
  let aheadS = 0
  let isBroken = false
  const camera = new ScreenCamera(PICTURES)
  const serverNow = (): number => Date.now() + aheadS * 1000

  async function waitMinutes(count: number): Promise<void> {
    aheadS += count * 60
    await app.moveClock(aheadS)
  }

  const dialog = (name: string): Locator => page.getByRole('dialog', { name })
  const factors = (): Locator => page.getByRole('region', { name: 'How you sign in' })
  const alertSaying = (text: string): Promise<void> =>
    page.getByRole('alert').filter({ hasText: text }).waitFor()
  const visit = async (name: string): Promise<void> => expect(await camera.visit(page, name)).toEqual([])
  const isSignedIn = (): Promise<void> => page.getByRole('button', { name: 'Account: alice' }).waitFor()

  async function openAccountPage(): Promise<void> {
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: /^Account/ }).click()
    await page.getByRole('heading', { name: 'Your account' }).waitFor()
  }

  async function signOut(): Promise<void> {
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  }

  async function chooseKey(): Promise<void> {
    await page.getByRole('button', { name: 'Use a passkey or security key' }).click()
    await page.getByText('Your browser asks for the passkey or security key next.').waitFor()
  }

  /** Fills the sign-in screen and presses its button. */
  async function tryKey(): Promise<void> {
    await chooseKey()
    await page.getByLabel('Password', { exact: true }).fill(alice.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  async function addKey(name: string): Promise<void> {
    await factors().getByRole('button', { name: 'Add a passkey or security key' }).click()
    const adding = dialog('Add a passkey or security key')
    await adding.getByLabel('Name').fill(name)
    await adding.getByRole('button', { name: 'Add', exact: true }).click()
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-webauthn-'))
    app = await AppProcess.start({ hasMovableClock: true })
    alice = new Person({ name: 'alice', folder: path.join(folder, 'laptop'), origin: app.origin })
    await alice.openBrowser()
    page = alice.page
    camera.watch(alice.context)
    await page.reload()
    await alice.register(serverNow)
    key = await VirtualKey.plugIn(page)
  })

  beforeEach(() => {
    if (isBroken) throw new Error('an earlier step failed')
  })

  afterEach(async ({ task }) => {
    isBroken ||= task.result?.state === 'fail'
    if (task.result?.state === 'fail')
      await page.screenshot({ path: path.join(PICTURES, 'failed-webauthn.png') }).catch(() => undefined)
  })

  afterAll(async () => {
    await alice?.closeBrowser()
    await app?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test('adds a key under a name, with a word on how to look after it', async () => {
    await openAccountPage()
    await page.getByText('a passkey or a security key lets you in when the phone is lost').waitFor()
    await factors().getByRole('button', { name: 'Add a passkey or security key' }).click()
    const adding = dialog('Add a passkey or security key')
    await adding.getByText('Keep a security key with you').waitFor()
    await visit('webauthn-add')
    await adding.getByRole('button', { name: 'Add', exact: true }).click()
    await alertSaying('Type a name of at most 40 characters')
    await adding.getByLabel('Name').fill('  Blue key ')
    await page.keyboard.press('Enter')
    await adding.waitFor({ state: 'detached' })
    await factors().getByRole('listitem').filter({ hasText: 'Blue key' }).getByText('Not used yet.').waitFor()
    expect(await key.credentials()).toHaveLength(1)
    await page.getByText('Passkey or security key added').waitFor()
    await visit('webauthn-account')
  })

  test('does not add the same key twice', async () => {
    await addKey('The same')
    await alertSaying('That passkey or security key is on your account already.')
    await dialog('Add a passkey or security key').getByRole('button', { name: 'Not now' }).click()
  })

  test('marks a passkey that may be on several devices', async () => {
    await key.unplug()
    const phone = await VirtualKey.plugIn(page, { isSynced: true })
    await addKey('My phone')
    const row = factors().getByRole('listitem').filter({ hasText: 'My phone' })
    await row.getByText('Synced').waitFor()
    await visit('webauthn-synced')
    await phone.unplug()
    await row.getByRole('button', { name: 'Remove My phone' }).click()
    await dialog('Remove “My phone”?').getByRole('button', { name: 'Remove' }).click()
    await dialog('Remove “My phone”?').waitFor({ state: 'detached' })
    await factors().getByRole('button', { name: 'Remove Blue key' }).click()
    await visit('webauthn-remove')
    await dialog('Remove “Blue key”?').getByRole('button', { name: 'Remove' }).click()
    await factors().getByText('No longer valid (2)').waitFor()
    key = await VirtualKey.plugIn(page)
    await addKey('Blue key')
    await factors().getByRole('listitem').filter({ hasText: 'Not used yet.' }).waitFor()
  })

  test('signs in with password and key, and says when it was used', async () => {
    await signOut()
    await chooseKey()
    await visit('webauthn-sign-in')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await alertSaying('Type your password.')
    await page.getByRole('button', { name: 'Use a one-time code instead' }).click()
    await page.getByLabel('One-time code').waitFor()
    await tryKey()
    await isSignedIn()
    await openAccountPage()
    await factors().getByText('Last used').waitFor()
  })

  test('takes the key where both factors are asked for once more', async () => {
    await waitMinutes(6)
    await factors().getByRole('button', { name: 'Make new codes' }).click()
    await dialog('New recovery codes').getByRole('button', { name: 'Make new codes' }).click()
    const asking = dialog('Confirm that it is you')
    await asking.getByRole('button', { name: 'Use a passkey or security key' }).click()
    await visit('webauthn-step-up')
    await asking.getByLabel('Password', { exact: true }).fill(alice.password)
    await asking.getByRole('button', { name: 'Confirm' }).click()
    await asking.waitFor({ state: 'detached' })
    await page.getByRole('list', { name: 'Recovery codes' }).waitFor()
    await page.getByLabel('I have saved them').check()
    await page.getByRole('button', { name: 'Done' }).click()
  })

  test('refuses a login that was seen and is sent again', async () => {
    await signOut()
    const seen = page.waitForRequest((request: Request) => new URL(request.url()).pathname === LOGIN)
    await tryKey()
    const body: unknown = (await seen).postDataJSON()
    await isSignedIn()
    await signOut()
    const answer = await page.evaluate(
      async ([address, sent]) => {
        const { token } = await (await fetch('/api/session')).json()
        const headers = { 'content-type': 'application/json' }
        const text = JSON.stringify({ ...(sent as object), token }) // what the page sent was an object
        const response = await fetch(String(address), { method: 'POST', headers, body: text })
        return { status: response.status, body: await response.json() }
      },
      [LOGIN, body],
    )
    expect(answer).toEqual({ status: 401, body: { error: { code: 'invalid_credentials' } } })
  })

  test('refuses a copy of the key whose count went back', async () => {
    await key.setCount(0)
    await tryKey()
    await alertSaying('second factor is not right')
    await visit('webauthn-refused')
    await key.setCount(100)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await isSignedIn()
  })

  test('says what to do when the browser has no such key, and when it knows none at all', async () => {
    await signOut()
    await key.unplug()
    key = await VirtualKey.plugIn(page)
    await tryKey()
    await alertSaying('No passkey or security key was used.')
    await visit('webauthn-declined')
    const other = await alice.context.newPage()
    await other.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'))
    await other.goto(alice.origin)
    await other.getByRole('button', { name: 'Use a passkey or security key' }).click()
    await other.getByLabel('Password', { exact: true }).fill(alice.password)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other
      .getByRole('alert')
      .filter({ hasText: 'This browser cannot use passkeys or security keys here.' })
      .waitFor()
    await other.close()
  })

  test('refuses a key that was removed, also where the browser is made to offer it', async () => {
    await page.getByRole('button', { name: 'Use a one-time code instead' }).click()
    await alice.signIn(serverNow)
    await isSignedIn()
    await openAccountPage()
    await factors().getByRole('button', { name: 'Remove Blue key' }).click()
    await dialog('Remove “Blue key”?').getByRole('button', { name: 'Remove' }).click()
    await dialog('Remove “Blue key”?').waitFor({ state: 'detached' })
    await addKey('Red key')
    await factors().getByRole('button', { name: 'Remove Red key' }).click()
    const [removed = ''] = await key.credentials()
    await dialog('Remove “Red key”?').getByRole('button', { name: 'Remove' }).click()
    await dialog('Remove “Red key”?').waitFor({ state: 'detached' })
    await page.getByText('No longer valid').click()
    await visit('webauthn-revoked')
    await signOut()
    await offerAlways(page, removed)
    await tryKey()
    await alertSaying('a passkey or security key only if you have added it')
  })
})

/** Makes the page ask for this credential whatever the server named, as somebody who remembers it would. */
function offerAlways(page: Page, credential: string): Promise<void> {
  return page.evaluate((text) => {
    const ask = navigator.credentials.get.bind(navigator.credentials)
    const id = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    )
    navigator.credentials.get = async (options) => {
      const publicKey = options?.publicKey
      if (!publicKey) throw new Error('the page asked for no key')
      return ask({ publicKey: { ...publicKey, allowCredentials: [{ type: 'public-key', id }] } })
    }
  }, credential)
}

/**
 * The account page in real browsers: a phone and a laptop of one person. Every change asks for both factors where they were
 * not just proved, ends the other session and is told there.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSqlite } from '../../server/database.ts'
import { AppProcess } from '../support/app-process.ts'
import { totpCode } from '../support/totp.ts'
import { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'

const PICTURES = '.build/screens'
const NEW_PASSWORD = 'seven quiet otters under ice'

describe('the account page', () => {
  let folder: string
  let app: AppProcess
  let laptop: Person
  let phone: Person
  let aheadS = 0
  let isBroken = false
  const camera = new ScreenCamera(PICTURES)
  const serverNow = (): number => Date.now() + aheadS * 1000
  let password: string
  let otpauth: string

  async function waitMinutes(count: number): Promise<void> {
    aheadS += count * 60
    await app.moveClock(aheadS)
  }

  const dialog = (page: Page, name: string): Locator => page.getByRole('dialog', { name })
  const card = (page: Page, name: string): Locator => page.getByRole('region', { name })
  const visit = async (name: string): Promise<void> =>
    expect(await camera.visit(laptop.page, name)).toEqual([])

  /** Signs in with what the account has now; a minute later, so that no code is used twice. */
  async function signIn({ page, name }: Person): Promise<void> {
    await waitMinutes(1)
    const form = page.locator('form', { has: page.getByLabel('One-time code') })
    const username = form.getByLabel('Username')
    if (await username.isEditable()) await username.fill(name)
    await form.getByLabel('Password', { exact: true }).fill(password)
    await form.getByLabel('One-time code').fill(totpCode(otpauth, serverNow()))
    await form.getByRole('button', { name: 'Sign in' }).click()
    await form.waitFor({ state: 'detached' })
  }

  /** Fills the dialog that asks for both factors. */
  async function confirmIdentity(page: Page): Promise<void> {
    await waitMinutes(1)
    const asking = dialog(page, 'Confirm that it is you')
    await asking.getByLabel('Password', { exact: true }).fill(password)
    await asking.getByLabel('One-time code').fill(totpCode(otpauth, serverNow()))
    await asking.getByRole('button', { name: 'Confirm' }).click()
    await asking.waitFor({ state: 'detached' })
  }

  const hasEnded = (page: Page): Promise<void> =>
    page.getByText('Your session has ended. Read and write on').waitFor()

  async function signInAgain(person: Person): Promise<void> {
    await hasEnded(person.page)
    await person.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await signIn(person)
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-account-page-'))
    app = await AppProcess.start({ hasMovableClock: true })
    const make = (device: string): Person =>
      new Person({ name: 'alice', folder: path.join(folder, device), origin: app.origin })
    laptop = make('laptop')
    phone = make('phone')
    await laptop.openBrowser()
    await phone.openBrowser()
    camera.watch(laptop.context)
    await laptop.page.reload()
    await laptop.register(serverNow)
    password = laptop.password
    otpauth = laptop.otpauth
    await signIn(phone)
  })

  beforeEach(() => {
    if (isBroken) throw new Error('an earlier step failed')
  })

  afterEach(async ({ task }) => {
    isBroken ||= task.result?.state === 'fail'
    if (task.result?.state !== 'fail' || !laptop) return
    await laptop.page.screenshot({ path: path.join(PICTURES, 'failed-laptop.png') }).catch(() => undefined)
    await phone.page.screenshot({ path: path.join(PICTURES, 'failed-phone.png') }).catch(() => undefined)
  })

  afterAll(async () => {
    await laptop?.closeBrowser()
    await phone?.closeBrowser()
    await app?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test('tells of the sign-in in another browser, and shows both sessions', async () => {
    const { page } = laptop
    await page.getByRole('status').filter({ hasText: 'Signed in from Chrom' }).waitFor()
    await visit('account-notice')
    await page.getByRole('button', { name: 'Look at it' }).click()
    await page.getByRole('heading', { name: 'Your account' }).waitFor()
    await page.getByRole('button', { name: 'Look at it' }).waitFor({ state: 'detached' })
    const rows = card(page, 'Where you are signed in').getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(2)
    expect(await rows.filter({ hasText: 'This one' }).count()).toBe(1)
    expect(await rows.allTextContents()).toEqual(
      expect.arrayContaining([expect.stringMatching(/on Linux.*Address 127\.0\.0\.1\. Signed in at/)]),
    )
    await visit('account-page')
  })

  test('asks for both factors before it ends another session, and goes on when they are given', async () => {
    const { page } = laptop
    await waitMinutes(6)
    await card(page, 'Where you are signed in').getByRole('button', { name: 'End the session' }).click()
    await dialog(page, 'Confirm that it is you').waitFor()
    await visit('account-step-up')
    await page.keyboard.press('Escape')
    await page.getByText('Nothing was changed. Confirm that it is you to go on.').waitFor()

    await card(page, 'Where you are signed in').getByRole('button', { name: 'End the session' }).click()
    await confirmIdentity(page)
    await hasEnded(phone.page)
    await expect.poll(() => card(page, 'Where you are signed in').getByRole('listitem').count()).toBe(1)
    expect(await page.getByText('You are offline').count()).toBe(0)
    await card(page, 'Security events').getByText('A session was ended').waitFor()
  })

  test('changes the password by keyboard alone, and ends the session of the other browser', async () => {
    await signInAgain(phone)
    const { page } = laptop
    await card(page, 'How you sign in').getByRole('button', { name: 'Change password' }).focus()
    await page.keyboard.press('Enter')
    const changing = dialog(page, 'Change your password')
    const field = changing.getByLabel('New password', { exact: true })
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await field.getAttribute('autocomplete')).toBe('new-password')
    await page.keyboard.type('alice2024')
    await page.keyboard.press('Enter')
    await changing.getByRole('alert').filter({ hasText: 'made of your username' }).waitFor()
    await visit('account-password')
    await field.fill(NEW_PASSWORD)
    await page.keyboard.press('Enter')
    await changing.waitFor({ state: 'detached' })
    password = NEW_PASSWORD
    await hasEnded(phone.page)
  })

  test('makes new recovery codes, which do not close unsaved; nothing of them comes back', async () => {
    const { page } = laptop
    await waitMinutes(6)
    await card(page, 'How you sign in').getByRole('button', { name: 'Make new codes' }).click()
    const making = dialog(page, 'New recovery codes')
    await making.getByRole('button', { name: 'Make new codes' }).click()
    await confirmIdentity(page)
    const codes = making.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
    await expect.poll(() => codes.count()).toBe(10)
    await visit('account-codes')
    await page.emulateMedia({ media: 'print' })
    // The dialog itself is not seen on paper.
    const printed = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
    const seenButtons = page.getByRole('button').filter({ visible: true })
    await expect.poll(() => seenButtons.count()).toBe(0)
    expect(await printed.filter({ visible: true }).count()).toBe(10)
    await page.screenshot({ path: path.join(PICTURES, 'account-codes-print.png') })
    await page.emulateMedia({ media: null })
    await page.keyboard.press('Escape')
    await making.getByRole('alert').filter({ hasText: 'Save the codes first' }).waitFor()
    laptop.recoveryCodes = (await codes.allTextContents()).map((code) => code.replaceAll(/[^0-9A-Z]/g, ''))
    await making.getByLabel('I have saved them').check()
    await making.getByRole('button', { name: 'Done' }).click()
    await making.waitFor({ state: 'detached' })
    await card(page, 'How you sign in').getByText('10 left.').waitFor()
    const first = laptop.recoveryCodes[0]?.slice(0, 5) ?? 'none'
    expect(await page.content()).not.toContain(first)
  })

  test('takes a new authenticator app when its code was typed; the old one is listed as revoked', async () => {
    const { page } = laptop
    await card(page, 'How you sign in').getByRole('button', { name: 'Replace app' }).click()
    const replacing = dialog(page, 'Replace your authenticator app')
    await replacing.getByRole('button', { name: 'Continue' }).click()
    const link = replacing.getByRole('link', { name: 'Open in an app on this device' })
    const address = (await link.getAttribute('href')) ?? ''
    await visit('account-app')
    await replacing.getByLabel('One-time code').fill('000000')
    await replacing.getByRole('button', { name: 'Use the new app' }).click()
    await replacing.getByRole('alert').filter({ hasText: 'That code is not right' }).waitFor()
    await replacing.getByLabel('One-time code').fill(totpCode(address, serverNow()))
    await replacing.getByRole('button', { name: 'Use the new app' }).click()
    await replacing.waitFor({ state: 'detached' })
    otpauth = address
    await page.getByText('No longer valid (2)').click()
    await card(page, 'How you sign in').getByText('revoked').first().waitFor()
    await visit('account-revoked')
  })

  test('adds a second app under a name, signs in by its codes, and removes the first', async () => {
    const { page } = laptop
    const factors = card(page, 'How you sign in')
    await factors.getByRole('button', { name: 'Add an authenticator app' }).click()
    const adding = dialog(page, 'Add an authenticator app')
    await visit('account-add-app')
    await adding.getByRole('button', { name: 'Continue' }).click()
    await adding.getByRole('alert').filter({ hasText: 'Type a name' }).waitFor()
    await adding.getByLabel('Name').fill('Old tablet')
    await page.keyboard.press('Enter')
    const link = adding.getByRole('link', { name: 'Open in an app on this device' })
    const address = (await link.getAttribute('href')) ?? ''
    await adding.getByLabel('One-time code').fill(totpCode(address, serverNow()))
    await adding.getByRole('button', { name: 'Use the new app' }).click()
    await adding.waitFor({ state: 'detached' })
    await factors.getByRole('listitem').filter({ hasText: 'Old tablet' }).getByText('Added').waitFor()
    await visit('account-two-apps')
    otpauth = address
    await signInAgain(phone)
    await waitMinutes(6)
    await factors.getByRole('button', { name: 'Remove Authenticator app' }).click()
    await visit('account-remove-app')
    await dialog(page, 'Remove “Authenticator app”?').getByRole('button', { name: 'Remove' }).click()
    await confirmIdentity(page)
    await factors.getByRole('button', { name: 'Replace app' }).waitFor()
    await hasEnded(phone.page)
  })

  test('suspends a lost app at once, and uses it again when it was found', async () => {
    await signInAgain(phone)
    const { page } = laptop
    const factors = card(page, 'How you sign in')
    await factors.getByRole('button', { name: 'Lost it Old tablet' }).click()
    const suspending = dialog(page, 'Have you lost “Old tablet”?')
    await visit('account-suspend')
    await suspending.getByRole('button', { name: 'Suspend it' }).click()
    await suspending.waitFor({ state: 'detached' })
    const row = factors.getByRole('listitem').filter({ hasText: 'Old tablet' })
    await row.getByText('Signs in no more since').waitFor()
    await visit('account-suspended')
    await hasEnded(phone.page)

    await waitMinutes(6)
    await factors.getByRole('button', { name: 'Use again Old tablet' }).click()
    await dialog(page, 'Use “Old tablet” again?').getByRole('button', { name: 'Use it again' }).click()
    const asking = dialog(page, 'Confirm that it is you')
    await asking.getByLabel('Password', { exact: true }).fill(password)
    await asking.getByLabel('One-time code').fill(totpCode(otpauth, serverNow()))
    await asking.getByRole('button', { name: 'Confirm' }).click()
    await asking.getByRole('alert').filter({ hasText: 'is not right' }).waitFor()
    await asking.getByRole('button', { name: 'Use a recovery code instead' }).click()
    await asking.getByLabel('Recovery code').fill(laptop.recoveryCodes.shift() ?? '')
    await asking.getByRole('button', { name: 'Confirm' }).click()
    await row.getByText('Suspended').waitFor({ state: 'detached' })
    await card(page, 'Security events').getByText('App or key that was found again is in use').waitFor()
  })

  test('takes a report of loss by the password alone, from somebody who is signed in nowhere', async () => {
    await signInAgain(phone)
    const { page } = phone
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Lost your password or your authenticator app?' }).click()
    await page.getByText('Somebody may have my phone or key').click()
    const report = page.locator('form').filter({ hasText: 'Report the loss' })
    await report.getByLabel('Username').fill('alice')
    await report.getByRole('button', { name: 'Report the loss' }).click()
    await report.getByRole('alert').filter({ hasText: 'Type your password.' }).waitFor()
    expect(await camera.visit(page, 'report-loss')).toEqual([])
    await report.getByLabel('Password', { exact: true }).fill(password)
    await report.getByRole('button', { name: 'Report the loss' }).click()
    await page.getByText('If name and password were right').waitFor()
    await hasEnded(laptop.page)

    await page.getByRole('link', { name: 'Back to sign in' }).click()
    await page.getByRole('button', { name: 'Use a recovery code instead' }).click()
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('Recovery code').fill(laptop.recoveryCodes.shift() ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: /^Account/ }).click()
    await card(page, 'How you sign in').getByRole('button', { name: 'Use again Old tablet' }).click()
    await dialog(page, 'Use “Old tablet” again?').getByRole('button', { name: 'Use it again' }).click()
    await page.getByText('Signs in no more since').waitFor({ state: 'detached' })
    await signInAgain(laptop)
  })

  test('gives a forgotten password a new one, by one-time code and recovery code', async () => {
    const { page } = phone
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Lost your password or your authenticator app?' }).click()
    await page.getByText('I forgot my password').click()
    expect(await camera.visit(page, 'recover')).toEqual([])
    const form = page.locator('form').filter({ hasText: 'Set the new password' })
    await waitMinutes(1)
    await form.getByLabel('Username').fill('alice')
    await form.getByLabel('One-time code').fill(totpCode(otpauth, serverNow()))
    await form.getByLabel('Recovery code').fill(laptop.recoveryCodes[1] ?? '')
    password = 'nine brass kettles in a row'
    await form.getByLabel('New password', { exact: true }).fill(password)
    await form.getByRole('button', { name: 'Set the new password' }).click()
    await page.getByRole('alert').filter({ hasText: 'is not right' }).waitFor()
    await form.getByLabel('One-time code').fill(totpCode(otpauth, serverNow()))
    await form.getByLabel('Recovery code').fill(laptop.recoveryCodes[0] ?? '')
    await form.getByRole('button', { name: 'Set the new password' }).click()
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor()
    await hasEnded(laptop.page)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signIn(phone)
    await page.getByRole('button', { name: 'Account: alice' }).waitFor()
  })

  test('says what needs the server while there is none', async () => {
    await signInAgain(laptop)
    const { page } = laptop
    await app.stop()
    await page.getByText('Everything on this page needs the server.').waitFor()
    await visit('account-offline')
    await app.restart()
    await page.getByText('Everything on this page needs the server.').waitFor({ state: 'detached' })
  })

  test('lets somebody whose password is known to others do nothing but change it', async () => {
    const db = openSqlite(path.join(app.dataDir, 'letterlock.sqlite'))
    await db('accounts').update({ password_compromised_at: serverNow() })
    await db.destroy()
    const { page } = laptop
    await page.reload()
    const changing = dialog(page, 'Choose a new password')
    await changing.waitFor()
    await visit('forced-change')
    password = 'a slow train past green hills'
    await changing.getByLabel('New password', { exact: true }).fill(password)
    await changing.getByRole('button', { name: 'Change password' }).click()
    await changing.waitFor({ state: 'detached' })
    await card(page, 'Security events').getByText('Password changed').first().waitFor()
    await signInAgain(phone)
  })

  test('deletes the account after its name was typed, everywhere and for good', async () => {
    const { page } = laptop
    await page.getByRole('button', { name: 'Delete account…' }).click()
    const deleting = dialog(page, 'Delete your account?')
    await visit('account-delete')
    await deleting.getByLabel('Your username').fill('alic')
    await deleting.getByRole('button', { name: 'Delete my account' }).click()
    await deleting.getByRole('alert').filter({ hasText: 'Type alice' }).waitFor()
    await deleting.getByLabel('Your username').fill('alice')
    await deleting.getByRole('button', { name: 'Delete my account' }).click()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await hasEnded(phone.page)
    await waitMinutes(1)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByLabel('One-time code').fill(totpCode(otpauth, serverNow()))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').filter({ hasText: 'is not right' }).waitFor()
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Username').fill('alice')
    await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD)
    await laptop.letBrowserWork()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').filter({ hasText: 'That username is taken' }).waitFor()
  })
})

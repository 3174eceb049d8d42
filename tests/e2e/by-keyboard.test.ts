/** Everything by keyboard alone: nothing here is clicked, and each control is reached by Tab, or by arrows in a menu. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { Visitor } from '../server/visitor.ts'
import { AppProcess } from '../support/app-process.ts'
import { Person } from './person.ts'
import { tabThrough, tabTo } from './screen-camera.ts'

describe('by keyboard alone, a person', () => {
  let folder: string
  let app: AppProcess
  let alice: Person
  let page: Page
  let isBroken = false

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-keyboard-'))
    app = await AppProcess.start()
    await new Visitor(app.origin, Date.now).register('bob')
    alice = new Person({ name: 'alice', folder: path.join(folder, 'alice'), origin: app.origin })
    await alice.openBrowser()
    page = alice.page
  })
  beforeEach(() => {
    if (isBroken) throw new Error('an earlier step failed')
  })
  afterEach(({ task }) => {
    isBroken ||= task.result?.state === 'fail'
  })
  afterAll(async () => {
    await alice?.closeBrowser()
    await app?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  async function press(name: string, key = 'Enter'): Promise<void> {
    await tabTo(page, name)
    await page.keyboard.press(key)
  }

  /** Goes to a field, and gives what a password manager knows it by. */
  async function fill(name: string, text: string): Promise<string | null> {
    await tabTo(page, name)
    await page.keyboard.type(text)
    return page.evaluate(() => document.activeElement?.getAttribute('autocomplete') ?? null)
  }

  /** Opens the account's menu and goes down to an item. */
  async function chooseInMenu(label: string): Promise<void> {
    await press('Account: alice')
    const item = page.getByRole('menuitem', { name: label })
    await item.waitFor()
    const isThere = (): Promise<boolean> => item.evaluate((element) => element === document.activeElement)
    for (let presses = 0; presses < 10 && !(await isThere()); presses += 1)
      await page.keyboard.press('ArrowDown')
    await expect.poll(isThere).toBe(true)
    await page.keyboard.press('Enter')
  }

  test('registers, in fields that a password manager knows', async () => {
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await press('Create an account')
    await page.getByLabel('Username').waitFor()
    expect(await fill('Username', 'alice')).toBe('username')
    expect(await fill('Password', alice.password)).toBe('new-password')
    await page.locator('img.captcha-picture').waitFor()
    await press('Show another picture')
    await press('Can’t read it? Let this browser do the work instead')
    await page.getByText('this browser has done the work').waitFor()
    await press('Continue')
    const link = page.getByRole('link', { name: 'Open in an app on this device' })
    alice.otpauth = (await link.getAttribute('href')) ?? ''
    expect(await fill('One-time code', await alice.oneTimeCode(Date.now))).toBe('one-time-code')
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Recovery codes' }).waitFor()
    await press('I have saved them', 'Space')
    await press('Finish and sign in')
    await page.getByRole('button', { name: 'Account: alice' }).waitFor()
  })

  test('finds somebody and writes', async () => {
    await page.keyboard.press('Control+k')
    await page.keyboard.type('bob')
    await page.keyboard.press('Enter')
    await alice.composer('bob').waitFor()
    await fill('Message to bob', 'without a mouse')
    await page.keyboard.press('Enter')
    await alice.waitForText('without a mouse')
    await press('Conversation menu')
    await page.getByRole('menuitem', { name: 'Refresh keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('menuitem').first().waitFor({ state: 'detached' })
  })

  test('reads markup as the text that was typed', async () => {
    const markup = '<b>bold</b> <img src=x onerror=alert(1)>'
    await fill('Message to bob', markup)
    await page.keyboard.press('Enter')
    await alice.waitForText(markup)
    expect(await page.locator('.bubble-text :is(b, img)').count()).toBe(0)
  })

  test('reaches everything of the account page, and comes back out of its dialogs', async () => {
    await chooseInMenu('Account')
    await page.getByRole('heading', { name: 'Your account' }).waitFor()
    await page.getByRole('button', { name: 'Change password' }).waitFor()
    const buttons = ['Change password', 'Replace app', 'Make new codes', 'Delete account…']
    const stops = (await tabThrough(page)).map(({ name }) => name)
    expect(stops).toEqual(expect.arrayContaining(buttons))
    for (const button of buttons) {
      await press(button)
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      // The focus is back where it came from.
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(button)
    }
  })

  test('signs out and in again with a pasted password, in fields that a password manager knows', async () => {
    await chooseInMenu('Sign out')
    await page.getByRole('dialog').waitFor()
    await press('Sign out')
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    const username = page.getByLabel('Username')
    expect([await username.inputValue(), await username.getAttribute('autocomplete')]).toEqual([
      'alice',
      'username',
    ])
    const password = page.getByLabel('Password', { exact: true })
    expect(await password.getAttribute('autocomplete')).toBe('current-password')
    await alice.context.grantPermissions(['clipboard-write'], { origin: app.origin })
    await page.evaluate((text) => navigator.clipboard.writeText(text), alice.password)
    await tabTo(page, 'Password')
    await page.keyboard.press('Control+v')
    expect(await password.inputValue()).toBe(alice.password)
    expect(await fill('One-time code', await alice.oneTimeCode(Date.now))).toBe('one-time-code')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Account: alice' }).waitFor()
  })
})

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { type RunningServer, startServer } from '../../server/start-server.ts'
import { CAPTCHA_LENGTH } from '../../server/wire/captcha.ts'
import { findFreePort } from '../support/free-port.ts'
import { CHEAP_WORK } from '../support/solve-captcha.ts'
import { Person } from './person.ts'

/** What the server draws for a picture's text, and for nothing else; zeros are the first of the alphabet. */
const TEXT_BYTES = 4 * CAPTCHA_LENGTH
const KNOWN_TEXT = '333333'
const WORK = 'Can’t read it? Let this browser do the work instead'

let folder: string
let server: RunningServer
let alice: Person
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-captcha-'))
  const config = readConfig({
    ...CHEAP_WORK,
    PORT: String(await findFreePort()),
    DATA_DIR: path.join(folder, 'data'),
    HIBP_URL: 'off',
  })
  server = await startServer({
    config,
    log: () => undefined,
    bcryptCost: 4,
    randomBytes: (sizeBytes) => (sizeBytes === TEXT_BYTES ? Buffer.alloc(sizeBytes) : randomBytes(sizeBytes)),
  })
  alice = new Person({ name: 'alice', folder: path.join(folder, 'alice'), origin: config.publicOrigin })
  await alice.openBrowser()
})
afterAll(async () => {
  await alice.closeBrowser()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const picture = () => alice.page.locator('img.captcha-picture')
const addressOf = () => picture().getAttribute('src')
const press = (name: string) => alice.page.getByRole('button', { name, exact: true }).click()
const alertSaying = (text: string) => alice.page.getByRole('alert').filter({ hasText: text }).waitFor()

async function expectAnotherPicture(than: string | null): Promise<void> {
  await expect.poll(async () => (await picture().count()) === 1 && (await addressOf()) !== than).toBe(true)
}

describe('registering', () => {
  test('shows a picture, and another one on request', async () => {
    const { page } = alice
    await page.getByRole('link', { name: 'Create an account' }).click()
    await picture().waitFor()
    expect(await picture().evaluate((image: HTMLImageElement) => [image.naturalWidth, image.alt])).toEqual([
      480,
      'Six letters and digits, drawn to be read by people',
    ])
    const first = await addressOf()
    await press('Show another picture')
    await expectAnotherPicture(first)
  })

  test('refuses a wrong text with a new picture, and keeps the rest of the form', async () => {
    const { page } = alice
    await page.getByLabel('Username').fill('alice')
    await page.getByLabel('Password', { exact: true }).fill(alice.password)
    await page.getByLabel('Characters in the picture').fill('AAA AAA')
    const first = await addressOf()
    await press('Continue')
    await alertSaying('not what the picture shows')
    await expectAnotherPicture(first)
    expect(await page.getByLabel('Username').inputValue()).toBe('alice')
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe(alice.password)
    expect(await page.getByLabel('Characters in the picture').inputValue()).toBe('')
  })

  test('lets the work be cancelled for the picture', async () => {
    const { page } = alice
    await press(WORK)
    await page.getByText('this browser has done the work').waitFor()
    await press('Read the picture after all')
    await picture().waitFor()
  })

  test('goes on with the text of the picture, in small letters, too', async () => {
    const { page } = alice
    await page.getByLabel('Characters in the picture').fill(KNOWN_TEXT.toLowerCase())
    await press('Continue')
    const link = page.getByRole('link', { name: 'Open in an app on this device' })
    alice.otpauth = (await link.getAttribute('href')) ?? ''
    await page.getByLabel('One-time code').fill(await alice.oneTimeCode(Date.now))
    await press('Continue')
    await page.getByLabel('I have saved them').check()
    await press('Finish and sign in')
    await page.getByRole('button', { name: 'Account: alice' }).waitFor()
  })
})

describe('signing in', () => {
  test('asks for the picture after three failures, and leaves the code in its field', async () => {
    const { page } = alice
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    const attempt = async (words: string) => {
      await page.getByLabel('Username').fill('somebody-else')
      await page.getByLabel('Password', { exact: true }).fill('not the password')
      await page.getByLabel('One-time code').fill('123456')
      await press('Sign in')
      await alertSaying(words)
    }
    for (let count = 0; count < 3; count++) await attempt('is not right')
    expect(await picture().count()).toBe(0)
    await attempt('type the characters of the picture')
    await picture().waitFor()
    expect(await page.getByLabel('One-time code').inputValue()).toBe('123456')
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('not the password')
  })

  test('goes on with its text', async () => {
    const { page } = alice
    await page.getByLabel('Username').fill('alice')
    await page.getByLabel('Password', { exact: true }).fill(alice.password)
    await page.getByLabel('One-time code').fill(await alice.oneTimeCode(Date.now))
    await page.getByLabel('Characters in the picture').fill(KNOWN_TEXT)
    await press('Sign in')
    await page.getByRole('button', { name: 'Account: alice' }).waitFor()
  })
})

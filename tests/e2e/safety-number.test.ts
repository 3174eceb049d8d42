/** Two people compare their safety number, one of them gets a new identity, and both look into the crypto log. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { cameraFlags, showToCamera } from './camera-picture.ts'
import { Person } from './person.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

/** A message that waits wrongly is sent within half a second; this is long enough to see that it is not. */
const LONG_ENOUGH_MS = 6_000

let folder: string
let app: AppProcess
let a: Person
let b: Person
let camera: string
let isBroken = false

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-safety-'))
  app = await AppProcess.start()
  camera = path.join(folder, 'camera.y4m')
  await showToCamera(camera, 'https://example.org/menu')
  const { origin } = app
  a = new Person({
    name: 'alice',
    folder: path.join(folder, 'alice'),
    origin,
    options: { flags: cameraFlags(camera) },
  })
  b = new Person({ name: 'bob', folder: path.join(folder, 'bob'), origin })
  await Promise.all([a.openBrowser(), b.openBrowser()])
  await a.register()
  await b.register()
  await a.find('bob')
})

beforeEach(() => {
  if (isBroken) throw new Error('an earlier test failed')
})

afterEach(({ task }) => {
  isBroken ||= task.result?.state === 'fail'
})

afterAll(async () => {
  await a?.closeBrowser()
  await b?.closeBrowser()
  await app?.remove()
  await rm(folder, { recursive: true, force: true })
})

async function openSafetyNumber(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Conversation menu' }).click()
  await page.getByRole('menuitem', { name: 'Verify safety number' }).click()
  return page.getByRole('dialog', { name: 'Verify safety number' })
}

async function readDigits({ page }: Person): Promise<string> {
  const dialog = await openSafetyNumber(page)
  const groups = dialog.getByRole('list', { name: 'Safety number' }).getByRole('listitem')
  await groups.first().waitFor()
  const digits = (await groups.allTextContents()).join('')
  await close(dialog)
  return digits
}

const close = (dialog: Locator): Promise<void> => dialog.getByRole('button', { name: 'Close' }).click()

async function scan({ page }: Person, outcome: string): Promise<Locator> {
  const dialog = await openSafetyNumber(page)
  await dialog.getByRole('button', { name: 'Scan bob’s code' }).click()
  await dialog.getByText(outcome).waitFor()
  return dialog
}

const verifiedMark = ({ page }: Person): Locator => page.getByRole('img', { name: 'Verified' })

describe('the safety number', () => {
  test('can be compared before the first message, by what the directory says', async () => {
    expect(await readDigits(a)).toMatch(/^[0-9]{60}$/)
  })

  test('is the same 60 digits in both browsers', async () => {
    const before = await readDigits(a)
    await a.write('bob', 'hello')
    await b.page.getByRole('link', { name: 'alice' }).waitFor()
    await b.openConversation('alice')
    await b.waitForText('hello')
    expect(await readDigits(b)).toBe(before)
    expect(await readDigits(a)).toBe(before)
  })

  test('is told apart from any other code by the camera', async () => {
    await close(await scan(a, 'That code is not a safety number'))
    await showToCamera(camera, '0'.repeat(60))
    await close(await scan(a, 'The codes differ'))
    expect(await verifiedMark(a).count()).toBe(0)
  })

  test('is recognised by the camera, marked as verified, and stays so after a reload', async () => {
    await showToCamera(camera, await readDigits(b))
    const dialog = await scan(a, 'The codes are the same')
    await dialog.getByRole('button', { name: 'Mark as verified' }).click()
    await dialog.getByRole('button', { name: 'Remove verification' }).waitFor()
    await close(dialog)
    await verifiedMark(a).waitFor()
    await a.page.reload()
    await verifiedMark(a).waitFor()
    expect(await verifiedMark(b).count()).toBe(0)
  })

  test('ends its verification, and all sending, when the other side makes a new identity', async () => {
    const before = await readDigits(a)
    const cdp = await b.context.newCDPSession(b.page)
    await cdp.send('DOMStorage.enable')
    await cdp.send('DOMStorage.clear', { storageId: { securityOrigin: app.origin, isLocalStorage: true } })
    await b.page.getByRole('button', { name: 'Go on without them' }).click()
    await b.page.getByRole('button', { name: 'Make new keys' }).click()
    await b.page.getByText('Your keys are gone from this browser').waitFor({ state: 'detached' })
    await b.write('alice', 'with new keys')
    await a.waitForText('with new keys')
    await a.notice('security code changed').waitFor()
    await a.page.getByText('bob is not verified any more').waitFor()
    expect(await verifiedMark(a).count()).toBe(0)
    const after = await readDigits(a)
    expect(after).not.toBe(before)
    expect(await readDigits(b)).toBe(after)
  })

  test('holds what is typed now, until the person has looked', async () => {
    await a.write('bob', 'is that you?')
    await delay(LONG_ENOUGH_MS)
    await a.waitForState('is that you?', 'Waiting for keys')
    expect(await b.bubble('is that you?').count()).toBe(0)
    await a.page.getByRole('button', { name: 'Send 1 waiting message' }).click()
    await b.waitForText('is that you?')
    await a.page.getByText('bob is not verified any more').waitFor({ state: 'detached' })
    await a.write('bob', 'good to hear')
    await b.waitForText('good to hear')
  })

  test('can be marked and unmarked by keyboard alone', async () => {
    const { page } = a
    await page.getByRole('button', { name: 'Conversation menu' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Verify safety number' })
    await dialog.getByRole('button', { name: 'Mark as verified' }).focus()
    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Remove verification' }).press('Enter')
    await dialog.getByRole('button', { name: 'Mark as verified' }).waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await verifiedMark(a).count()).toBe(0)
  })
})

describe('the crypto log', () => {
  async function openCryptoLog({ page }: Person): Promise<Locator> {
    await page.getByRole('button', { name: /^Account: / }).click()
    await page.getByRole('menuitem', { name: 'Crypto log' }).click()
    return page.getByRole('dialog', { name: 'Crypto log' })
  }

  /** Epoch and IV of the seals that the panel lists, oldest first. */
  async function readSeals(dialog: Locator): Promise<readonly { epoch: number; iv: number }[]> {
    await dialog.getByLabel('Operation', { exact: true }).selectOption('Sealed')
    const texts = await dialog.locator('summary.operation').allInnerTexts()
    return texts.toReversed().map((text) => {
      const [, epoch, iv] = /epoch\s+(\d+)[^]*IV\s+(\d+)/.exec(text) ?? []
      return { epoch: Number(epoch), iv: Number(iv) }
    })
  }

  test('shows seals whose IVs rise under one key set and begin anew after a refresh', async () => {
    await a.page.reload()
    await a.write('bob', 'one')
    await a.waitForState('one', 'Delivered')
    const before = await openCryptoLog(a)
    const [first] = await readSeals(before)
    await close(before)
    expect(first?.iv).toBeGreaterThan(1)
    await a.refreshKeys()
    await a.notice('Keys changed').last().waitFor()
    for (const text of ['two', 'three', 'four']) await a.write('bob', text)
    await a.waitForState('four', 'Delivered')
    const dialog = await openCryptoLog(a)
    const epoch = (first?.epoch ?? 0) + 1
    expect(await readSeals(dialog)).toEqual([first, { epoch, iv: 1 }, { epoch, iv: 2 }, { epoch, iv: 3 }])
    const inUse = dialog.getByRole('table', { name: 'Key sets in use' }).getByRole('row', { name: 'bob' })
    expect(await inUse.getByRole('cell').allTextContents()).toEqual([
      String(epoch),
      expect.stringMatching(/…$/),
      '3',
      '–',
    ])
    await close(dialog)
  })

  test('tells everything of one operation, and only of the conversation that was asked for', async () => {
    const dialog = await openCryptoLog(a)
    await dialog.getByLabel('Conversation', { exact: true }).selectOption('bob')
    await dialog.getByLabel('Operation', { exact: true }).selectOption('Sealed')
    await dialog.locator('summary.operation').first().click()
    const details = dialog.locator('.operation-details')
    await details.getByText('"body":"four"').waitFor()
    expect(await details.locator('dt').allTextContents()).toEqual(
      expect.arrayContaining(['Plaintext', 'IV', 'Key', 'Key set', 'Epoch', 'Exchange', 'Entry']),
    )
    await close(dialog)
  })

  test('is silent once it is turned off, here and in the console, also after a reload', async () => {
    const dialog = await openCryptoLog(a)
    await dialog.getByRole('checkbox').uncheck()
    await dialog.locator('summary.operation').first().waitFor({ state: 'detached' })
    await close(dialog)
    const lines = readCryptoLog(a.profile.consoleLines).length
    await a.write('bob', 'off the record')
    await b.waitForText('off the record')
    await a.page.reload()
    await a.write('bob', 'still off')
    await b.waitForText('still off')
    expect(readCryptoLog(a.profile.consoleLines)).toHaveLength(lines)
    const again = await openCryptoLog(a)
    await again.getByRole('checkbox').check()
    await close(again)
    await a.write('bob', 'on again')
    await b.waitForText('on again')
    expect(readCryptoLog(a.profile.consoleLines).length).toBeGreaterThan(lines)
  })

  test('repeats no IV under a key, in either browser', () => {
    const log = [a, b].flatMap(({ profile }) => readCryptoLog(profile.consoleLines))
    const seals = log.filter((line) => line.operation === 'seal')
    expect(seals.length).toBeGreaterThan(8)
    expect(repeatedIvs(seals)).toEqual([])
  })

  test('no page threw an exception', () => {
    expect([...a.profile.pageErrors, ...b.profile.pageErrors]).toEqual([])
  })
})

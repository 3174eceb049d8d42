/** What waits is shown with its reason, and can be changed for as long as it has surely not left (issue of the outbox view). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import { isAppend } from '../support/fault-proxy.ts'
import { expectKept, readLoggedMessages } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { ScreenCamera, tabThrough } from './screen-camera.ts'

const PICTURES = '.build/screens'

let pair: Pair
let page: Page
const camera = new ScreenCamera(PICTURES)

beforeAll(async () => {
  pair = await meet()
  page = pair.alice.page
  camera.watch(pair.alice.context)
})

afterAll(() => pair?.remove())

const outbox = (): Locator => page.getByRole('dialog', { name: 'Waiting messages' })
const item = (text: string): Locator =>
  outbox()
    .getByRole('listitem')
    .filter({ has: page.getByText(text, { exact: true }) })
const showOutbox = (words: string): Promise<void> =>
  page.getByRole('button', { name: new RegExp(`^${words}`) }).click()
const expectFocused = (locator: Locator): Promise<void> =>
  expect.poll(() => locator.evaluate((element) => element === document.activeElement)).toBe(true)
const announceNetwork = (): Promise<void> =>
  page.evaluate(() => void window.dispatchEvent(new Event('online')))

async function expectLooksGood(name: string): Promise<void> {
  expect(await camera.visit(page, name)).toEqual([])
}

describe('the outbox view', () => {
  test('is not there while nothing waits', async () => {
    await page.waitForTimeout(2_000)
    expect(await page.getByRole('button', { name: /waiting|not sent/ }).count()).toBe(0)
  })

  test('shows what waits for the network, in its order', async () => {
    pair.aliceNet.goDown()
    for (const text of ['first', 'secnod', 'third, which is not for Bob']) await pair.alice.write('bob', text)
    await page.getByText('You are offline').waitFor()
    await showOutbox('3 messages are waiting')
    await outbox().getByRole('heading', { name: 'To bob' }).waitFor()
    const texts = await outbox().locator('.outbox-text').allTextContents()
    expect(texts).toEqual(['first', 'secnod', 'third, which is not for Bob'])
    for (const text of texts) await item(text).getByText('Waiting for the network').waitFor()
    await expectLooksGood('outbox')
    const stops = await tabThrough(page)
    expect(stops.filter((stop) => !stop.isFocusShown)).toEqual([])
    expect(stops.map(({ name }) => name)).toEqual(expect.arrayContaining(['Edit', 'Do not send', 'Try now']))
  })

  test('takes a message back by the keyboard, after asking', async () => {
    await item('third, which is not for Bob').getByRole('button', { name: 'Do not send' }).focus()
    await page.keyboard.press('Enter')
    await expectLooksGood('outbox-delete')
    const keep = item('third, which is not for Bob').getByRole('button', { name: 'Keep it' })
    await expectFocused(keep)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await item('third, which is not for Bob').waitFor({ state: 'detached' })
    const isInside = () => page.evaluate(() => document.activeElement?.closest('dialog') !== null)
    await expect.poll(isInside).toBe(true)
  })

  test('puts a message that is edited back into its field', async () => {
    await page.keyboard.press('Escape')
    await pair.alice.composer('bob').fill('typed meanwhile')
    await showOutbox('2 messages are waiting')
    await item('secnod').getByRole('button', { name: 'Edit' }).click()
    await outbox().waitFor({ state: 'detached' })
    const composer = pair.alice.composer('bob')
    await expect.poll(() => composer.inputValue()).toBe('secnod\ntyped meanwhile')
    await expectFocused(composer)
    await expect.poll(() => pair.alice.bubble('secnod').count()).toBe(0)
    await pair.alice.write('bob', 'second')
  })

  test('is empty once all of it has arrived', async () => {
    await showOutbox('2 messages are waiting')
    const triesBefore = pair.aliceNet.calls.length
    await outbox().getByRole('button', { name: 'Try now' }).click()
    await expect.poll(() => pair.aliceNet.calls.length).toBeGreaterThan(triesBefore)
    // From here on it may be sent by itself, too.
    pair.aliceNet.mend()
    await outbox().getByText('Everything has arrived').waitFor()
    await outbox().getByRole('button', { name: 'Done' }).click()
    await expectKept(pair.bob.page, '', ['hello', 'first', 'second'])
    await expectKept(page, '', ['hello', 'first', 'second'])
  })

  test('lets nobody change what may have arrived', async () => {
    const before = await readLoggedMessages(pair.database)
    // One that is still being opened would tell what happened to the message.
    await expect.poll(() => pair.aliceNet.streamCount).toBe(1)
    pair.aliceNet.swallowStreams()
    // The browser may want to read the log before it sends; from then on it shall not.
    let hasLeft = false
    pair.aliceNet.treat((call) => {
      if (!isAppend(call)) return { kind: hasLeft && call.path !== '/api/session' ? 'refuse' : 'pass' }
      hasLeft = true
      return { kind: 'lose-answer' }
    })
    await pair.alice.write('bob', 'did it arrive?')
    await showOutbox('1 message is waiting')
    await item('did it arrive?').getByText('Finding out whether it arrived').waitFor()
    expect(await item('did it arrive?').getByRole('button').count()).toBe(0)
    await expectLooksGood('outbox-checking')
    await page.keyboard.press('Escape')
    expect(await readLoggedMessages(pair.database)).toHaveLength(before.length + 1)
    pair.aliceNet.mend()
    pair.aliceNet.cut()
    await announceNetwork()
    await pair.alice.waitForState('did it arrive?', 'Delivered')
    await expectKept(pair.bob.page, 'did it', ['did it arrive?'])
    expect(await readLoggedMessages(pair.database)).toHaveLength(before.length + 1)
  })

  test('says why the server takes a message in no form, and what to do about it', async () => {
    pair.aliceNet.treat((call) => (isAppend(call) ? { kind: 'answer', status: 413 } : { kind: 'pass' }))
    await pair.alice.write('bob', 'too large, says somebody')
    await page.getByText('The server takes no message of this size.').waitFor()
    await pair.alice.write('bob', 'behind it')
    await pair.alice.waitForState('too large, says somebody', 'Not sent')
    await expectLooksGood('conversation-parked')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await item('too large, says somebody').getByText('Not sent').waitFor()
    await item('behind it').getByText('Waiting for the message before it').waitFor()
    await expectLooksGood('outbox-parked')
    pair.aliceNet.mend()
    await outbox()
      .getByRole('button', { name: /^Try again/ })
      .click()
    await outbox().getByText('Everything has arrived').waitFor()
    await outbox().getByRole('button', { name: 'Done' }).click()
    await expectKept(pair.bob.page, 'too large', ['too large, says somebody'])
    await expectKept(pair.bob.page, 'behind', ['behind it'])
  })

  test('throws no exception', () => {
    expect(pair.alice.profile.pageErrors).toEqual([])
  })
})

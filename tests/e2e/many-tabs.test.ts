/** Eight tabs over HTTP/1.1, where a browser opens six connections to a server: a stream for each would lock the last ones out. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meet, type Pair } from './pair.ts'

const TABS = 8
const ARRIVES_WITHIN_MS = 10_000

let pair: Pair
let tabs: Page[]

beforeAll(async () => {
  pair = await meet()
  tabs = [pair.alice.page]
  while (tabs.length < TABS) tabs.push(await pair.alice.profile.openPage(pair.alice.page.url()))
  for (const page of tabs) await page.getByLabel('Message to bob').waitFor()
})

afterAll(() => pair?.remove())

async function expectInAll(text: string): Promise<void> {
  const bubbles = tabs.map((page) => page.locator('.bubble-text').getByText(text, { exact: true }))
  await Promise.all(bubbles.map((bubble) => bubble.waitFor({ timeout: ARRIVES_WITHIN_MS })))
}

describe('eight tabs', () => {
  test('hold one stream between them, and every one shows what comes', async () => {
    expect(pair.aliceNet.streamCount).toBe(1)
    await pair.bob.write('alice', 'to all tabs')
    await expectInAll('to all tabs')
  })

  test('send from any of them', async () => {
    for (const [index, page] of tabs.entries()) {
      await page.getByLabel('Message to bob').fill(`from tab ${index}`)
      await page.getByLabel('Message to bob').press('Enter')
    }
    for (const index of tabs.keys()) await pair.bob.waitForText(`from tab ${index}`)
    expect(pair.aliceNet.streamCount).toBe(1)
  })

  test('go on after the server was restarted', async () => {
    await pair.app.restart()
    await expect.poll(() => pair.aliceNet.streamCount, { timeout: ARRIVES_WITHIN_MS }).toBe(1)
    await pair.bob.write('alice', 'after the restart')
    await expectInAll('after the restart')
    expect(pair.aliceNet.streamCount).toBe(1)
  })
})

/** A start without the server, after the browser was closed or killed: what was there is there, and what was typed too. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectKept, numbered } from './kept.ts'
import { meet, type Pair } from './pair.ts'

/** What was typed is kept this much later at the latest, on a machine that has other work as well. */
const KEPT_WITHIN_MS = 750
const SHOWN_WITHIN_MS = 5_000

let pair: Pair
let path: string

beforeAll(async () => {
  pair = await meet()
  for (const text of numbered('line', 40)) await pair.alice.write('bob', text)
  await pair.alice.waitForState('line 40', 'Delivered')
  path = new URL(pair.alice.page.url()).pathname
  await pair.app.stop()
}, 240_000)

afterAll(() => pair?.remove())

const field = () => pair.alice.composer('bob')
const typed = () => field().inputValue({ timeout: SHOWN_WITHIN_MS })

async function restartBrowser(how: 'closed' | 'killed', openPath: string): Promise<void> {
  if (how === 'closed') await pair.alice.closeBrowser()
  else await pair.alice.profile.kill()
  await pair.alice.openBrowser(openPath)
}

describe.each(['closed', 'killed'] as const)('a browser that was %s, with the server away', (how) => {
  test('opens with the list of conversations', async () => {
    await restartBrowser(how, '/')
    const list = pair.alice.page.getByRole('navigation', { name: 'Conversations' })
    await list.getByRole('link', { name: 'bob' }).waitFor({ timeout: SHOWN_WITHIN_MS })
    expect(await list.innerText()).toContain('line 40')
    await pair.alice.page.getByText('You are offline').waitFor()
  })

  test('opens the conversation at its newest message', async () => {
    await restartBrowser(how, path)
    const newest = pair.alice.bubble('line 40')
    await newest.waitFor({ timeout: SHOWN_WITHIN_MS })
    expect(await newest.evaluate(isInView)).toBe(true)
    expect(await pair.alice.bubble('line 1').evaluate(isInView)).toBe(false)
  })

  test('has what was typed and not sent', async () => {
    await field().fill('')
    await field().pressSequentially(`half a sentence, ${how}`)
    await delay(KEPT_WITHIN_MS)
    await restartBrowser(how, path)
    expect(await typed()).toBe(`half a sentence, ${how}`)
  })
})

describe('what was typed and not sent', () => {
  test('stays through a load of the page in the midst of typing', async () => {
    await field().fill('typed just now')
    await pair.alice.page.reload()
    expect(await typed()).toBe('typed just now')
  })

  test('is there in a second tab, and after another screen was shown', async () => {
    const second = await pair.alice.profile.openPage(pair.alice.page.url())
    await expect.poll(() => second.getByLabel('Message to bob').inputValue()).toBe('typed just now')
    await second.getByRole('button', { name: 'Account: alice' }).click()
    await second.getByRole('menuitem', { name: 'Account' }).click()
    await second.goBack()
    expect(await second.getByLabel('Message to bob').inputValue()).toBe('typed just now')
    await second.close()
  })

  test('is gone once it was sent, though the browser is killed right then', async () => {
    await field().press('Enter')
    await pair.alice.bubble('typed just now').waitFor()
    await restartBrowser('killed', path)
    expect(await typed()).toBe('')
    await pair.app.restart()
    await expectKept(pair.bob.page, 'typed just now', ['typed just now'])
  })
})

function isInView(element: Element): boolean {
  const log = element.closest('[role=log]')?.getBoundingClientRect()
  const { top, bottom } = element.getBoundingClientRect()
  return log !== undefined && top < log.bottom && bottom > log.top
}

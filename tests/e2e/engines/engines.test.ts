/**
 * The main job in engines without Background Sync: Firefox and WebKitGTK, each with its like and with Chromium, offline, through a
 * crash, in two tabs, and through the end of a session (reliability T-A10, T-B7, T-D2).
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest'
import { LIMIT_WORDS } from '../../../pwa/ui/browser-limits.ts'
import { HABIT_WORDS } from '../../../pwa/ui/storage-words.ts'
import type { AppLocator, AppPage } from '../../support/engines/app-page.ts'
import { firefox } from '../../support/engines/firefox.ts'
import { webkit } from '../../support/engines/webkit.ts'
import { expectHistoryIsLog, expectKept, numbered } from '../kept.ts'
import { readCryptoLog, repeatedIvs } from '../story-evidence.ts'
import { gather, type Company, type Driven } from './company.ts'
import { savePicture } from './save-picture.ts'

/** The longest pause between two tries of a page that is open, with room for a try that is slow. */
const SENT_WITHIN_MS = 10_000

/** Codes are good for 30 s before and after their time: the next one spares a wait. */
const inHalfAMinute = (): number => Date.now() + 30_000

/** Waits until the text about the app says just this on this browser: it stands there before the browser was asked. */
async function expectShownLimits<L extends AppLocator<L>>(
  page: AppPage<L>,
  limits: readonly string[],
): Promise<void> {
  await page.getByRole('button', { name: 'Account: ' }).click()
  await page.getByRole('menuitem', { name: 'About and security' }).click()
  const dialog = page.getByRole('dialog', { name: 'About and security' })
  const readShown = async (): Promise<readonly string[]> =>
    (await dialog.getByRole('listitem').allTextContents()).filter((text) =>
      Object.values(LIMIT_WORDS).includes(text),
    )
  await expect.poll(readShown).toEqual(limits)
  await dialog.getByRole('button', { name: 'Close' }).click()
  await dialog.waitFor({ state: 'hidden' })
}

describe.each([firefox, webkit])('two people in $name, and one in Chromium', (engine) => {
  let company: Company
  let alice: Driven
  let isBroken = false

  beforeAll(async () => {
    company = await gather(engine)
    ;({ alice } = company)
    await Promise.all([alice, company.bob, company.carol].map((person) => person.openBrowser()))
  })

  beforeEach(() => {
    if (isBroken) throw new Error('the story broke off in an earlier test')
    onTestFailed(async ({ task }) => {
      isBroken = true
      await savePicture(alice.page, `${engine.name} ${task.name}`)
    })
  })

  afterAll(() => company?.remove())

  async function writeAll(contact: string, texts: readonly string[]): Promise<void> {
    for (const text of texts) await alice.write(contact, text)
  }

  test('register by the screens', async () => {
    const { bob, carol } = company
    await Promise.all([alice, bob, carol].map((person) => person.register()))
    expect(alice.recoveryCodes).toHaveLength(10)
  })

  test('the install id stands in a cookie, which WebKit does not keep over http', async () => {
    const kept = () => alice.page.evaluate(() => document.cookie.includes('__Host-install-'))
    if (engine === firefox) await expect.poll(kept, { timeout: 10_000 }).toBe(true)
    const ids = () =>
      alice.page.evaluate(() => Object.keys(localStorage).filter((name) => name.includes('/install/')).length)
    await expect.poll(ids, { timeout: 10_000 }).toBe(1)
    expect(await kept()).toBe(engine === firefox)
  })

  test.each(['bob', 'carol'] as const)('exchange keys and messages both ways: alice and %s', async (name) => {
    const contact: Pick<Driven, 'name' | 'openConversation' | 'write' | 'waitForState' | 'waitForText'> =
      company[name]
    await alice.find(name)
    await alice.write(name, `first to ${name}`)
    await contact.openConversation('alice')
    await contact.waitForText(`first to ${name}`)
    for (const text of numbered(`back from ${name}`, 3)) await contact.write('alice', text)
    await writeAll(name, numbered(`on to ${name}`, 3))
    await alice.waitForText(`back from ${name} 3`)
    await contact.waitForText(`on to ${name} 3`)
    await alice.waitForState(`on to ${name} 3`, 'Delivered')
    await contact.waitForState(`back from ${name} 3`, 'Delivered')
  })

  test('the app says what this browser does not do for it', async () => {
    await expectShownLimits(alice.page, Object.values(LIMIT_WORDS))
    // Chromium promises storage to apps that are installed or much used.
    await expectShownLimits(company.carol.page, [LIMIT_WORDS['kept-storage']])
  })

  test('the storage page says what this browser promises and what it does by itself', async () => {
    const { page } = alice
    await page.getByRole('button', { name: 'Account: ' }).click()
    await page.getByRole('menuitem', { name: 'Storage' }).click()
    await page.getByText(HABIT_WORDS[engine.name === 'firefox' ? 'firefox' : 'webkit']).waitFor()
    if (engine.name === 'firefox') {
      await page.getByText('Not yet. The browser may clear it by itself.').waitFor()
      await page.getByRole('button', { name: 'Ask the browser' }).click()
      await page.getByText('Yes. This browser clears it only when you tell it to.').waitFor()
    } else await page.getByText('This browser makes no such promise.').waitFor()
    await alice.openConversation('carol')
  })

  test('a first install is not taken for a new version', async () => {
    for (const { page } of [alice, company.bob])
      expect(await page.getByText('A new version of Letterlock').isVisible()).toBe(false)
  })

  test('the app opens without the server, with the list and the last conversation', async () => {
    await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => true))
    await company.app.stop()
    await alice.page.reload()
    await alice.waitForText('on to carol 3')
    const list = alice.page.getByRole('navigation', { name: 'Conversations' })
    for (const name of ['bob', 'carol']) await list.getByRole('link', { name }).waitFor()
    await alice.page.getByText('You are offline').waitFor()
  })

  test('what is written offline leaves within 10 s of the server’s return', async () => {
    await writeAll('carol', numbered('written offline', 5))
    await alice.waitForState('written offline 5', 'Queued')
    await alice.page.getByText('This browser sends only while Letterlock is open').waitFor()
    // By now the pauses between the tries are as long as they get.
    await delay(9_000)
    await company.app.restart()
    await expectKept(company.carol.page, 'written offline', numbered('written offline', 5), SENT_WITHIN_MS)
  })

  test('a browser that is killed with a full outbox sends it at its next start, once', async () => {
    await company.app.stop()
    await writeAll('carol', numbered('before the crash', 10))
    await alice.profile.kill()
    await alice.openBrowser()
    await alice.openConversation('carol')
    await alice.waitForText('before the crash 10')
    await expectWritten('before the crash', 10)
    await company.app.restart()
    await expectKept(company.carol.page, 'before the crash', numbered('before the crash', 10))
    await alice.waitForState('before the crash 10', 'Delivered')
  })

  /** The browser shows all of a series, sent or not, in its order. */
  async function expectWritten(prefix: string, count: number): Promise<void> {
    const shown = (await alice.bubbles()).map(({ text }) => text).filter((text) => text.startsWith(prefix))
    expect(shown).toEqual(numbered(prefix, count))
  }

  test('a session that has ended stops the outbox until the person has signed in', async () => {
    await alice.page.evaluate(async () => {
      const { token } = (await (await fetch('/api/session')).json()) as { token: string } // the wire's session
      const headers = { 'content-type': 'application/json' }
      await fetch('/api/session/end', { method: 'POST', headers, body: JSON.stringify({ token }) })
    })
    await alice.write('carol', 'after the session')
    await alice.page.getByText('Your session has ended').waitFor()
    await alice.waitForState('after the session', 'Queued')
    await alice.page.getByRole('button', { name: 'Sign in' }).first().click()
    await alice.signIn(inHalfAMinute)
    await expectKept(company.carol.page, 'after the session', ['after the session'], SENT_WITHIN_MS)
  })

  test('two tabs of one account write at once, and both show everything', async () => {
    const second = await alice.profile.openPage(`${alice.origin}/`)
    const inSecond = second.getByLabel('Message to carol')
    await second
      .getByRole('navigation', { name: 'Conversations' })
      .getByRole('link', { name: 'carol' })
      .click()
    const writeInSecond = async (): Promise<void> => {
      for (const text of numbered('second tab', 5)) {
        await inSecond.fill(text)
        await inSecond.press('Enter')
      }
    }
    await Promise.all([writeAll('carol', numbered('first tab', 5)), writeInSecond()])
    for (const name of ['first tab', 'second tab']) {
      for (const page of [company.carol.page, alice.page, second])
        await expectKept(page, name, numbered(name, 5))
    }
    await second.close()
  })

  test('signing out and in again leaves the history in place', async () => {
    await alice.page.getByRole('button', { name: 'Account: alice' }).click()
    await alice.page.getByRole('menuitem', { name: 'Sign out' }).click()
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await alice.signIn(inHalfAMinute)
    await alice.openConversation('carol')
    await alice.waitForText('second tab 5')
    await alice.write('carol', 'in again')
    await expectKept(company.carol.page, 'in again', ['in again'], SENT_WITHIN_MS)
  })

  test('every history is the server’s log, and no IV came twice', async () => {
    const { bob, carol, database } = company
    for (const person of [alice, bob, carol]) {
      await expectHistoryIsLog(person, database)
      const seals = readCryptoLog(person.profile.consoleLines).filter(({ operation }) => operation === 'seal')
      expect(seals.length).toBeGreaterThanOrEqual(person === alice ? 35 : 3)
      expect(repeatedIvs(seals)).toEqual([])
    }
  })
})

/** A session that ends with a full outbox, and somebody else who signs in in the same browser (reliability T-D3). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAppend } from '../support/fault-proxy.ts'
import { expectKept, numbered, readLoggedMessages } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { Person } from './person.ts'
import { dispatchSync } from './sync-event.ts'

const COUNT = 10

let pair: Pair
let carol: Person

beforeAll(async () => {
  pair = await meet()
  carol = new Person({ name: 'carol', folder: pair.alice.profile.folder, origin: pair.app.origin })
  carol.sitDownAt(pair.alice.page)
})

afterAll(() => pair?.remove())

async function signOut(name: string): Promise<void> {
  const { page } = pair.alice
  await page.getByRole('button', { name: `Account: ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
}

describe('a full outbox', () => {
  const texts = numbered('of alice', COUNT)
  let loggedBefore: readonly string[]

  test('waits for a sign-in when the session has ended', async () => {
    const { alice, aliceNet } = pair
    loggedBefore = await readLoggedMessages(pair.database)
    aliceNet.goDown()
    for (const text of texts) await alice.write('bob', text)
    await alice.waitForState(`of alice ${COUNT}`, 'Queued')
    await alice.context.clearCookies()
    aliceNet.mend()
    await alice.page.evaluate(() => void window.dispatchEvent(new Event('online')))
    await alice.page.getByText('Your session has ended').waitFor()
    await alice.page.getByRole('button', { name: /^10 messages are waiting/ }).click()
    const outbox = alice.page.getByRole('dialog', { name: 'Waiting messages' })
    await outbox
      .getByText('Waiting for you to sign in again')
      .nth(COUNT - 1)
      .waitFor()
    await alice.page.keyboard.press('Escape')
    expect(await readLoggedMessages(pair.database)).toEqual(loggedBefore)
  })

  test('stays where it is while somebody else is signed in', async () => {
    const { alice, aliceNet, app } = pair
    await signOut('alice')
    await carol.register()
    expect(await alice.page.getByText('of alice').count()).toBe(0)
    await carol.find('bob')
    await carol.write('bob', 'of carol')
    await expect
      .poll(async () => (await readLoggedMessages(pair.database)).length)
      .toBe(loggedBefore.length + 1)
    const appends = aliceNet.calls.filter(isAppend).length
    await dispatchSync(alice.context, app.origin)
    await alice.page.evaluate(() => void window.dispatchEvent(new Event('online')))
    await alice.page.waitForTimeout(10_000)
    expect(aliceNet.calls.filter(isAppend).length).toBe(appends)
    expect(await readLoggedMessages(pair.database)).toHaveLength(loggedBefore.length + 1)
  })

  test('leaves once and in order when its own account is back', async () => {
    await signOut('carol')
    await pair.alice.signIn()
    await pair.alice.openConversation('bob')
    await expectKept(pair.bob.page, 'of alice', texts)
    await pair.alice.waitForState(`of alice ${COUNT}`, 'Delivered')
    expect(await readLoggedMessages(pair.database)).toHaveLength(loggedBefore.length + 1 + COUNT)
  })

  test('throws no exception', () => {
    expect(pair.alice.profile.pageErrors).toEqual([])
  })
})

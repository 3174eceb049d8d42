/** Somebody who lost everything without a backup gets the conversation back from the other person, who was asked first. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkCryptoLog } from './key-changes.ts'
import { meet, type Pair } from './pair.ts'
import type { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'
import { readCryptoLog } from './story-evidence.ts'

const camera = new ScreenCamera('.build/screens/shared-history')
/** Each writes so many messages in a row, so many times. */
const ROW = 4
const BLOCKS = 3

let pair: Pair
let alice: Person
let bob: Person
const written = ['hello']

beforeAll(async () => {
  pair = await meet()
  ;({ alice, bob } = pair)
})
afterAll(() => pair?.remove())

const press = (person: Person, name: string) =>
  person.page.getByRole('button', { name, exact: true }).first().click()

/** In both themes, on a desktop and a phone, and at 200 % zoom. */
const visit = async (person: Person, name: string) =>
  expect(await camera.visit(person.page, name)).toEqual([])

async function textsOf(person: Person): Promise<readonly string[]> {
  await person.showWholeHistory()
  return (await person.bubbles()).map(({ text }) => text)
}

/** What "clear site data" of the browser does with no page open, the session included. */
async function clearSite(): Promise<void> {
  const { origin } = pair.app
  await alice.page.goto('about:blank')
  const cdp = await alice.context.newCDPSession(alice.page)
  await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await alice.context.clearCookies()
  await alice.openTab()
}

/** The last one waits for the other side, so that the order on both screens is that of writing. */
async function sayBlock(from: Person, to: Person, block: number): Promise<void> {
  const texts = Array.from({ length: ROW }, (_, index) => `${from.name} ${block}.${index}`)
  for (const text of texts) await from.write(to.name, text)
  await to.waitForText(texts.at(-1) ?? '')
  written.push(...texts)
}

async function say(from: Person, to: Person, text: string): Promise<void> {
  await from.write(to.name, text)
  await to.waitForText(text)
  written.push(text)
}

describe('shared history', () => {
  test('is offered to somebody who lost everything and made new keys', async () => {
    for (let block = 0; block < BLOCKS; block += 1)
      for (const [from, to] of [
        [alice, bob],
        [bob, alice],
      ] as const)
        await sayBlock(from, to, block)
    await clearSite()
    await alice.signIn()
    await alice.page.getByText('Your keys are gone from this browser').waitFor()
    await press(alice, 'Go on without them')
    await press(alice, 'Make new keys')
    await alice.openConversation('bob')
    await alice.page.getByRole('button', { name: 'Ask bob to share the history again' }).waitFor()
    await visit(alice, 'offer')
  })

  test('is asked for, and the other person is told who asks and what would be sent', async () => {
    await press(alice, 'Ask bob to share the history again')
    await alice.page.getByText('Nothing has come yet').waitFor()
    await bob.page
      .getByText(`You would send ${written.length} messages, 12 of yours and 13 of alice’s`)
      .waitFor()
    await bob.page.getByText('alice’s security code changed, and you have not compared the new one').waitFor()
    await visit(bob, 'question')
    await visit(alice, 'asked')
  })

  test('comes back with a count once the other person agrees', async () => {
    await press(bob, 'Share')
    await alice.page.getByText(`${written.length} of ${written.length} messages shared by bob.`).waitFor()
    await bob.notice('You shared the history of this conversation with alice.').waitFor()
    await visit(alice, 'shared')
    await press(alice, 'Done')
    expect(await textsOf(alice)).toEqual(written)
    const marks = alice.page.getByText('shared again by bob', { exact: true })
    expect(await marks.count()).toBe(written.length)
  })

  test('lets both write on, and survives a reload', async () => {
    await say(alice, bob, 'after it from alice')
    await say(bob, alice, 'after it from bob')
    await alice.page.reload()
    await alice.waitForText('after it from bob')
    expect(await textsOf(alice)).toEqual(written)
    expect(await textsOf(bob)).toEqual(written)
  })

  test('sealed nothing twice under one key and IV, and no page had a fault', () => {
    for (const { profile } of [alice, bob])
      expect(checkCryptoLog(readCryptoLog(profile.consoleLines), [])).toEqual([])
    expect(
      [alice, bob].flatMap(({ profile }) => [...profile.pageErrors, ...profile.policyViolations]),
    ).toEqual([])
  })
})

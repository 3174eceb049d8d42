/**
 * One account in two browsers: the second one makes no keys unasked; the first one says that the conversation moved, keeps what is
 * written there, and has it back after a tap. Neither takes it from the other by itself.
 */
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectKept, readLog } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const camera = new ScreenCamera('.build/screens/moving')
/** Longer than any pause before an exchange that begins by itself. */
const QUIET_MS = 7_000

let pair: Pair
let first: Person
let second: Person
let bob: Person

beforeAll(async () => {
  pair = await meet()
  first = pair.alice
  bob = pair.bob
  const folder = path.join(path.dirname(first.profile.folder), 'second')
  second = new Person({ name: 'alice', folder, origin: pair.app.origin })
  second.otpauth = first.otpauth
  await second.openBrowser()
})
afterAll(async () => {
  await second?.closeBrowser()
  await pair?.remove()
})

const readIdentities = () => pair.database.query('select * from identities order by account, number')
const countExchanges = async () => (await readLog(pair.database)).filter(({ type }) => type === 'ECDH').length
const strip = (person: Person) => person.page.getByText('This conversation moved to another browser of yours')
const press = (person: Person, name: string) =>
  person.page.getByRole('button', { name, exact: true }).first().click()

/** Both browsers and Bob's are open, and nobody begins anything. */
async function expectQuiet(): Promise<void> {
  const before = await countExchanges()
  await bob.page.waitForTimeout(QUIET_MS)
  expect(await countExchanges()).toBe(before)
}

describe('a second browser of the account', () => {
  test('is offered a restore, and makes no keys before the person has chosen', async () => {
    const before = await readIdentities()
    await second.signIn(() => Date.now() + 30_000)
    await second.page.getByRole('button', { name: 'Restore a backup' }).first().waitFor()
    expect(await camera.visit(second.page, 'second')).toEqual([])
    await second.openConversation('bob')
    expect(await second.page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
    expect(await readIdentities()).toEqual(before)
    expect(await strip(first).count()).toBe(0)
  })

  test('goes on with keys of its own, and the contact is told', async () => {
    await press(second, 'Go on without them')
    await press(second, 'Make new keys')
    await second.write('bob', 'from the second browser')
    await bob.waitForText('from the second browser')
    await bob.notice('security code changed').waitFor()
    await bob.write('alice', 'to the second browser')
    await second.waitForText('to the second browser')
    expect(await strip(second).count()).toBe(0)
  })
})

describe('the first browser', () => {
  test('says that the conversation moved, keeps what is written, and takes nothing back by itself', async () => {
    await strip(first).waitFor()
    await first.write('bob', 'kept in the first browser')
    await first.waitForState('kept in the first browser', 'Waiting for keys')
    expect(await camera.visit(first.page, 'moved')).toEqual([])
    await expectQuiet()
    await first.page.reload()
    await strip(first).waitFor()
    await bob.write('alice', 'still to the second browser')
    await second.waitForText('still to the second browser')
    await first.waitForState('kept in the first browser', 'Waiting for keys')
    expect(await bob.page.getByText('kept in the first browser').count()).toBe(0)
  })

  test('has the conversation back after one tap, and the second browser says that it moved', async () => {
    await press(first, 'Take it back')
    await bob.waitForText('kept in the first browser')
    await strip(first).waitFor({ state: 'detached' })
    await strip(second).waitFor()
    await second.write('bob', 'kept in the second browser')
    await expectQuiet()
    await bob.write('alice', 'back to the first browser')
    await first.waitForText('back to the first browser')
    await expectKept(bob.page, 'kept in', ['kept in the first browser'])
    expect(await strip(first).count()).toBe(0)
  })

  test('used no IV twice with the other one, and no page had a fault', () => {
    const people = [first, second, bob]
    const seals = people
      .flatMap(({ profile }) => readCryptoLog(profile.consoleLines))
      .filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBeGreaterThanOrEqual(6)
    expect(repeatedIvs(seals)).toEqual([])
    expect(people.flatMap(({ profile }) => [...profile.pageErrors, ...profile.policyViolations])).toEqual([])
  })
})

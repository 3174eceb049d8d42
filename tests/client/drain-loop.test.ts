import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { Browser, enrol, readLines, write, type Person, type TestServer } from './person.ts'
import { endTwoPeople, startTwoPeople } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atAnna: AccountDoor
let atBen: AccountDoor

beforeEach(async () => {
  ;({ server, anna, ben } = await startTwoPeople())
  atAnna = await anna.browser.openTab(anna.account)
  atBen = await ben.browser.openTab(ben.account)
  await write(atAnna, ben.account, 'hello')
  await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
})

afterEach(() => endTwoPeople({ server, anna, ben }))

const appendTo = ({ account }: Person): string => `POST /api/conversations/${account.id}/entries`

describe('the page', () => {
  test(
    'sends to one contact while nobody answers what it sends to another',
    { timeout: 60_000 },
    async () => {
      const carla = await enrol(server.origin)
      const atCarla = await carla.browser.openTab(carla.account)
      await write(atAnna, carla.account, 'hello carla')
      await expect.poll(() => readLines(atCarla, anna.account), PATIENCE).toContain('them: hello carla')
      anna.browser.swallows = (request) => request === appendTo(ben)
      await write(atAnna, ben.account, 'into silence')
      await expect.poll(() => anna.browser.requests.at(-1), PATIENCE).toBe(appendTo(ben))
      await write(atAnna, carla.account, 'past it')
      await expect
        .poll(() => readLines(atCarla, anna.account), { timeout: 4_000, interval: 50 })
        .toContain('them: past it')
      anna.browser.swallows = () => false
      await expect
        .poll(() => readLines(atBen, anna.account), { timeout: 20_000, interval: 50 })
        .toContain('them: into silence')
      carla.browser.closeTabs()
    },
  )

  test('asks for a sign-in only when the server has no session of this account', async () => {
    const signedIn = new Browser(server.origin)
    signedIn.takeCookiesOf(anna.browser)
    anna.browser.takeCookiesOf(new Browser(server.origin))
    await write(atAnna, ben.account, 'later')
    await expect.poll(() => atAnna.open.session.value, PATIENCE).toBe('expired')
    expect(await readLines(atBen, anna.account)).not.toContain('them: later')
    anna.browser.takeCookiesOf(signedIn)
    atAnna.open.session.set('active')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: later')
  })
})

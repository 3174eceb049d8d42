import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { createApi, type Api } from '../../pwa/client/api/http.ts'
import { createServerClock } from '../../pwa/client/api/server-clock.ts'
import { engage } from '../../pwa/client/sync/engage.ts'
import { Browser, write, type Person, type TestServer } from './person.ts'
import { endTwoPeople, startTwoPeople } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person

beforeEach(async () => {
  ;({ server, anna, ben } = await startTwoPeople())
})

afterEach(() => endTwoPeople({ server, anna, ben }))

const seqAt = async ({ open }: AccountDoor, contact: Person) =>
  (await open.database.logs.get(contact.account.id))?.state.seq
const queuedAt = async ({ open }: AccountDoor) =>
  (await open.database.outbox.toArray()).map(({ kind }) => kind)

/** The network, for this api alone: the tab itself goes on without it. */
function apiWithCookiesOf({ browser }: Person): Api {
  const other = new Browser(server.origin)
  other.takeCookiesOf(browser)
  return createApi(other.fetch)
}

describe('engage', () => {
  /** Anna has offered, and Ben, who has something to send, does not know it. */
  async function offerUnheard(): Promise<AccountDoor> {
    const atBen = await ben.browser.openTab(ben.account)
    await write(atBen, anna.account)
    await expect.poll(() => atBen.open.clock.now(), PATIENCE).not.toBeNull()
    await expect.poll(() => atBen.open.vault.identity(), PATIENCE).not.toBeNull()
    ben.browser.isOffline = true
    await write(atBen, anna.account, 'b1')
    const atAnna = await anna.browser.openTab(anna.account)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => seqAt(atAnna, ben), PATIENCE).toBe(1)
    return atBen
  }

  test('reads an offer that it does not know before it makes one', async () => {
    const atBen = await offerUnheard()
    const reconnected = { ...atBen.open, api: apiWithCookiesOf(ben) }
    expect(await seqAt(atBen, anna)).toBe(0)
    expect(await engage(reconnected, anna.account.id, Date.now())).toBe(500)
    expect(await seqAt(atBen, anna)).toBe(1)
    expect(await queuedAt(atBen)).toEqual([])
    await engage(reconnected, anna.account.id, Date.now())
    expect(await queuedAt(atBen)).toEqual(['answer'])
  })

  test('takes no offer for an old one because the time of the server was minutes on its way', async () => {
    const atBen = await offerUnheard()
    let spentMs = 0
    const clock = createServerClock(() => performance.now() + spentMs)
    const hear = clock.ask()
    spentMs = 200_000
    hear(Date.now())
    const reconnected = { ...atBen.open, api: apiWithCookiesOf(ben), clock }
    await engage(reconnected, anna.account.id, Date.now())
    await engage(reconnected, anna.account.id, Date.now())
    expect(await queuedAt(atBen)).toEqual(['answer'])
  })
})

/** The install id in its four places, and what a start makes of what is left of it (protocol, section 8). */
import { Dexie } from 'dexie'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { databaseName } from '../../pwa/client/history/database.ts'
import { forgetInstall, placesOf, readIds } from '../../pwa/client/install/places.ts'
import { withLock } from '../../pwa/client/open-account.ts'
import { enrol, startTestServer, type Person, type TestServer } from './person.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let tab: AccountDoor

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

beforeEach(async () => {
  anna = await enrol(server.origin)
  tab = await anna.browser.openTab(anna.account)
  // The last that a first start writes.
  await expect.poll(async () => (await anna.api.call('prekeyStock')).stock, PATIENCE).toBe(100)
  await expect.poll(() => idsOf(tab).then(countOf), PATIENCE).toBe(4)
})
afterEach(() => anna.browser.closeTabs())

const idsOf = ({ open }: AccountDoor) => readIds(placesOf(open.environment), open.account.id, open.database)
const countOf = (ids: object): number => Object.values(ids).filter((id) => id !== null).length
const published = async () => (await anna.api.call('ownIdentity')).identity
const open = (): Promise<AccountDoor> => anna.browser.openTab(anna.account)
const madeIdentities = (): number =>
  anna.browser.records.filter((one) => one.operation === 'generate-key' && one.purpose === 'identity').length

function forgetCookieAndCache(): void {
  for (const place of Object.values(anna.browser.installPlaces)) place.ids.clear()
}

/** Opens a tab and waits until it has asked the server for the identity, and done with the answer what it does. */
async function openAndSettle(): Promise<AccountDoor> {
  const countAsked = (): number => anna.browser.requests.filter((one) => one === 'GET /api/identity').length
  const before = countAsked()
  const opened = await open()
  await expect.poll(countAsked, PATIENCE).toBeGreaterThan(before)
  await withLock(opened.open, 'identity', async () => undefined)
  return opened
}

/** The server answers as if it had never known a key of this account. */
function denyIdentity(): void {
  anna.browser.answers = (request) =>
    request === 'GET /api/identity' ? { identity: null, publishedAt: null } : undefined
}

describe('an install', () => {
  test('has one id in all places once there are keys', async () => {
    const { keyStorage, database, cache, cookie } = await idsOf(tab)
    expect(new Set([keyStorage, database, cache, cookie]).size).toBe(1)
    expect(tab.open.install.loss.value).toBe('none')
  })

  test('is in no place before there are keys', async () => {
    const ben = await enrol(server.origin)
    ben.browser.isOffline = true
    const offline = await ben.browser.openTab(ben.account)
    expect(countOf(await idsOf(offline))).toBe(0)
    ben.browser.closeTabs()
    expect((await ben.browser.openTab(ben.account)).open.install.loss.value).toBe('none')
    ben.browser.closeTabs()
  })

  test('writes again what was cleared without a loss, as cookies are', async () => {
    anna.browser.closeTabs()
    forgetCookieAndCache()
    const again = await open()
    await expect.poll(() => idsOf(again).then(countOf), PATIENCE).toBe(4)
    expect(again.open.install.loss.value).toBe('none')
  })

  test('is forgotten in all places at once, but for the database, which is erased as a whole', async () => {
    await forgetInstall(tab.open.environment, anna.account.id)
    expect(await idsOf(tab)).toMatchObject({ keyStorage: null, cache: null, cookie: null })
  })
})

describe('a start without the history', () => {
  beforeEach(async () => {
    anna.browser.closeTabs()
    await Dexie.delete(databaseName(anna.account.id))
  })

  test('says so at each start until the person has seen it', async () => {
    for (const start of [await open(), await open()]) expect(start.open.install.loss.value).toBe('history')
    anna.browser.closeTabs()
    const last = await open()
    expect(last.open.install.loss.value).toBe('history')
    await last.open.install.accept()
    expect(last.open.install.loss.value).toBe('none')
    anna.browser.closeTabs()
    expect((await open()).open.install.loss.value).toBe('none')
  })

  test('keeps keys and identity', async () => {
    const before = await published()
    const again = await open()
    expect(again.open.vault.keys.value).toEqual({ state: 'present' })
    expect(await published()).toBe(before)
    expect(madeIdentities()).toBe(1)
  })
})

describe('a start without the keys', () => {
  beforeEach(() => {
    anna.browser.closeTabs()
    anna.browser.storage.clear()
  })

  /** The keys were cleared long after they were made: no crash, which the journal would repair. */
  async function emptyJournal(): Promise<void> {
    await tab.open.database.open()
    await tab.open.database.journal.clear()
    tab.open.database.close()
  }

  test('says that they are gone before the server is asked', async () => {
    await emptyJournal()
    anna.browser.isOffline = true
    const again = await open()
    expect(again.open.vault.keys.value).toEqual({ state: 'gone', canPutBack: false })
    expect(again.open.install.loss.value).toBe('keys')
  })

  test('makes no identity although the server denies that there was one', async () => {
    await emptyJournal()
    denyIdentity()
    const again = await openAndSettle()
    expect(again.open.install.loss.value).toBe('keys')
    expect(madeIdentities()).toBe(1)
    expect(anna.browser.storage.length).toBe(0)
  })

  test('and without the history, remembers by a cookie or a cache alone', async () => {
    for (const left of ['cookie', 'cache'] as const) {
      await Dexie.delete(databaseName(anna.account.id))
      const { cookie, cache } = anna.browser.installPlaces
      const id = cookie.ids.get(anna.account.id) ?? cache.ids.get(anna.account.id) ?? ''
      forgetCookieAndCache()
      anna.browser.installPlaces[left].ids.set(anna.account.id, id)
      denyIdentity()
      const again = await openAndSettle()
      expect(again.open.install.loss.value).toBe('keys-and-history')
      expect(again.open.vault.keys.value).toEqual({ state: 'gone', canPutBack: false })
      anna.browser.closeTabs()
    }
    expect(madeIdentities()).toBe(1)
  })

  test('and with nothing else left, is told by the server', async () => {
    await Dexie.delete(databaseName(anna.account.id))
    forgetCookieAndCache()
    const again = await open()
    await expect.poll(() => again.open.install.loss.value, PATIENCE).toBe('everything')
    expect(madeIdentities()).toBe(1)
  })

  test('is whole again once the person has chosen', async () => {
    await emptyJournal()
    const again = await open()
    await replaceIdentity(again.open)
    await expect.poll(() => again.open.install.loss.value, PATIENCE).toBe('none')
    await expect.poll(() => idsOf(again).then(countOf), PATIENCE).toBe(4)
    expect(madeIdentities()).toBe(2)
  })
})

describe('keys that are cleared while a page is open', () => {
  test('are missing, and no more once they are put back', async () => {
    anna.browser.storage.clear()
    await tab.open.vault.check()
    await expect.poll(() => tab.open.install.loss.value, PATIENCE).toBe('keys')
    await tab.open.vault.putBack()
    await expect.poll(() => tab.open.install.loss.value, PATIENCE).toBe('none')
    await expect.poll(() => idsOf(tab).then(countOf), PATIENCE).toBe(4)
  })
})

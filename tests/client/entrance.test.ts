import { setTimeout as delay } from 'node:timers/promises'
import { Dexie } from 'dexie'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../server/wire/account.ts'
import { databaseName, listDatabaseAccounts } from '../../pwa/client/history/database.ts'
import { createEntrance, type Entrance } from '../../pwa/client/entrance.ts'
import type { DoorParts } from '../../pwa/client/account-door.ts'
import { versionOne } from './account-databases.ts'
import { MemoryStorage } from './memory-storage.ts'
import { enrol, startTestServer, type Person, type TestServer } from './person.ts'

const PATIENCE = { timeout: 10_000, interval: 20 }

let server: TestServer
let anna: Person
let entrances: Entrance[] = []
/** The listeners of this browser's tabs, as a BroadcastChannel would call them. */
let tabs: (() => void)[] = []

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

beforeEach(async () => {
  // Another browser: what earlier tests left is not in it.
  for (const account of await listDatabaseAccounts()) await Dexie.delete(databaseName(account))
  anna = await enrol(server.origin)
})
afterEach(() => {
  for (const { door } of entrances) door.value?.close()
  entrances = []
  tabs = []
})

/** A tab whose localStorage is as it was when it last caught up. */
function lagging({ browser }: Person): { parts: DoorParts; catchUp: () => void } {
  const parts = browser.parts()
  const seen = new MemoryStorage(browser.storage.items)
  const listeners: (() => void)[] = []
  const environment: DoorParts['environment'] = {
    ...parts.environment,
    keyStorage: seen,
    onKeyStorageChange(listener) {
      listeners.push(listener)
      return () => undefined
    },
  }
  function catchUp(): void {
    seen.items.clear()
    for (const [name, value] of browser.storage.items) seen.items.set(name, value)
    for (const listener of listeners) listener()
  }
  return { parts: { ...parts, environment }, catchUp }
}

function openTab(person: Person = anna, parts: DoorParts = person.browser.parts()): Entrance {
  const others = tabs
  let own: (() => void) | null = null
  const entrance = createEntrance({
    ...parts,
    tabs: {
      tell: () => others.forEach((listener) => listener !== own && listener()),
      onTold: (listener) => {
        own = listener
        others.push(listener)
      },
    },
  })
  entrances.push(entrance)
  return entrance
}

const who = (entrance: Entrance): string => entrance.status.value.who.state
const waitFor = (entrance: Entrance, state: string) => expect.poll(() => who(entrance), PATIENCE).toBe(state)
const session = (person: Person): Promise<Session> => person.api.call('session')

describe('createEntrance', () => {
  test('opens the account of the session on a first visit', async () => {
    const entrance = openTab()
    expect(who(entrance)).toBe('starting')
    await waitFor(entrance, 'signed-in')
    expect(entrance.door.value?.open.account).toEqual(anna.account)
  })

  test('shows the sign-in screen where nobody ever signed in', async () => {
    const stranger = await enrol(server.origin)
    await stranger.api.call('endSession', { body: {} })
    await waitFor(openTab(stranger), 'signed-out')
  })

  test('opens the account without a network, as unreachable', async () => {
    await waitFor(openTab(), 'signed-in')
    anna.browser.isOffline = true
    const again = openTab()
    await waitFor(again, 'unreachable')
    expect(again.door.value?.open.account).toEqual(anna.account)
  })

  test('knows the account by its database when localStorage is gone, and that its keys are', async () => {
    const first = openTab()
    await waitFor(first, 'signed-in')
    await expect.poll(() => first.status.value.keys.state, PATIENCE).toBe('present')
    first.door.value?.close()
    anna.browser.clockAheadMs = 3 * 60_000
    const second = openTab()
    await waitFor(second, 'signed-in')
    await expect.poll(() => second.status.value.keys.state, PATIENCE).toBe('present')
    second.door.value?.close()
    anna.browser.storage.clear()
    const third = openTab()
    await expect.poll(() => third.status.value.keys, PATIENCE).toEqual({ state: 'gone', canPutBack: false })
    expect(third.door.value?.open.account).toEqual(anna.account)
  })

  test('says that the session is over when the server does', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    await anna.api.call('endSession', { body: {} })
    await waitFor(entrance, 'expired')
    expect(entrance.door.value).not.toBeNull()
  })

  test('opens one door when several ask at once', async () => {
    const entrance = openTab()
    const doors = new Set<unknown>()
    entrance.door.subscribe((door) => door && doors.add(door))
    for (let times = 0; times < 5; times += 1) tabs.forEach((tell) => tell())
    await entrance.welcome(await session(anna))
    await waitFor(entrance, 'signed-in')
    expect(doors.size).toBe(1)
  })

  test('signs out in every tab, and tells the server', async () => {
    const [one, other] = [openTab(), openTab()]
    await waitFor(one, 'signed-in')
    await waitFor(other, 'signed-in')
    await one.signOut()
    expect(who(one)).toBe('signed-out')
    await waitFor(other, 'signed-out')
    expect((await session(anna)).account).toBeNull()
  })

  test('hears of a sign-out in another tab while the server does not answer', async () => {
    const one = openTab()
    await waitFor(one, 'signed-in')
    anna.browser.swallows = (request) => request === 'GET /api/session'
    const other = openTab()
    await waitFor(other, 'unreachable')
    await one.signOut()
    await waitFor(other, 'signed-out')
  })

  test('hears of a sign-in and a sign-out also where it was told before it can be read', async () => {
    const one = openTab()
    await waitFor(one, 'signed-in')
    // Chromium shows one process late what another one has written.
    const { parts, catchUp } = lagging(anna)
    const other = openTab(anna, parts)
    await waitFor(other, 'signed-in')
    await one.signOut()
    catchUp()
    await waitFor(other, 'signed-out')
    await one.welcome({ ...(await session(anna)), account: anna.account })
    catchUp()
    await expect.poll(() => other.door.value?.open.account, PATIENCE).toEqual(anna.account)
  })

  test('keeps a sign-out without network for later, and the screen closed', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    anna.browser.isOffline = true
    await entrance.signOut()
    anna.browser.isOffline = false
    const again = openTab()
    await waitFor(again, 'signed-out')
    expect(again.status.value.who).toMatchObject({ lastUsername: anna.account.username })
    await again.endPending()
    expect((await session(anna)).account).toBeNull()
  })

  test('erases everything of the account in every tab, and tells the server', async () => {
    const [one, other] = [openTab(), openTab()]
    await waitFor(one, 'signed-in')
    await waitFor(other, 'signed-in')
    await expect.poll(() => one.status.value.keys.state, PATIENCE).toBe('present')
    await one.signOutAndErase()
    expect(one.status.value.who).toMatchObject({
      state: 'signed-out',
      lastUsername: null,
      erasure: { username: anna.account.username, isHeldOpen: false, isSessionOver: true },
    })
    await waitFor(other, 'signed-out')
    expect([...anna.browser.storage.items.keys()]).toEqual([])
    expect(await Dexie.getDatabaseNames()).toEqual([])
    expect((await session(anna)).account).toBeNull()
  })

  test('leaves what another account has in this browser where it is', async () => {
    const { id } = anna.account
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    await expect.poll(() => entrance.status.value.keys.state, PATIENCE).toBe('present')
    anna.browser.storage.setItem('letterlock/999999/identity', 'of somebody else')
    await entrance.signOutAndErase()
    expect([...anna.browser.storage.items.keys()]).toEqual(['letterlock/999999/identity'])
    expect(await listDatabaseAccounts()).not.toContain(id)
  })

  test('opens no account that was signed out here before, once another one is erased', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    await expect.poll(() => entrance.status.value.keys.state, PATIENCE).toBe('present')
    await entrance.signOut()
    const ben = await enrol(server.origin)
    anna.browser.takeCookiesOf(ben.browser)
    const atBen = openTab()
    await waitFor(atBen, 'signed-out')
    await atBen.welcome(await session(ben))
    await atBen.signOutAndErase()
    const later = openTab()
    await waitFor(later, 'signed-out')
    expect(later.door.value).toBeNull()
    expect(await listDatabaseAccounts()).toEqual([anna.account.id])
  })

  test('ends at the next start an erasure that was broken off', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    await expect.poll(() => entrance.status.value.keys.state, PATIENCE).toBe('present')
    entrance.door.value?.close()
    const { storage } = anna.browser
    storage.removeItem('letterlock/last-account')
    storage.setItem('letterlock/end-pending', 'yes')
    storage.setItem('letterlock/erasing', String(anna.account.id))
    await waitFor(openTab(), 'signed-out')
    expect(await listDatabaseAccounts()).toEqual([])
    await expect.poll(() => [...storage.items.keys()], PATIENCE).toEqual([])
    expect((await session(anna)).account).toBeNull()
  })

  test('erases without the server, says until when the session goes on, and ends it at the next start', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    anna.browser.isOffline = true
    await entrance.signOutAndErase()
    const { who: after } = entrance.status.value
    const { erasure } = after.state === 'signed-out' ? after : { erasure: null }
    expect(erasure).toMatchObject({ isSessionOver: false })
    expect(erasure?.sessionEndsAt).toBeGreaterThan(Date.now())
    expect([...anna.browser.storage.items.keys()]).toEqual(['letterlock/end-pending'])
    anna.browser.isOffline = false
    const again = openTab()
    await waitFor(again, 'signed-out')
    await expect.poll(() => [...anna.browser.storage.items.keys()], PATIENCE).toEqual([])
    expect((await session(anna)).account).toBeNull()
  })

  test('erases also while a tab is frozen, which holds the account open', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    const frozen = await anna.browser.openTab(anna.account)
    await entrance.signOutAndErase()
    expect([...anna.browser.storage.items.keys()]).toEqual([])
    frozen.close()
  })

  test('looks again at who is signed in when it had to wait for an erasure', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    const erased = Promise.withResolvers<void>()
    const erasing = navigator.locks.request('letterlock-opening', () => erased.promise)
    const late = openTab()
    await delay(100)
    expect(who(late)).toBe('starting')
    entrance.door.value?.close()
    await anna.api.call('endSession', { body: {} })
    await Dexie.delete(databaseName(anna.account.id))
    anna.browser.storage.clear()
    erased.resolve()
    await erasing
    await waitFor(late, 'signed-out')
    expect(await listDatabaseAccounts()).toEqual([])
  })

  test('leaves nothing where tabs are being opened while another one erases', async () => {
    const other = 'letterlock/999999/identity'
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    anna.browser.storage.setItem(other, 'of somebody else')
    const opened: Entrance[] = []
    const open = async () => {
      opened.push(openTab())
      await delay(4)
    }
    for (let tab = 0; tab < 10; tab++) await open()
    const erasing = entrance.signOutAndErase()
    for (let tab = 0; tab < 10; tab++) await open()
    await erasing
    for (const tab of opened) await waitFor(tab, 'signed-out')
    expect([...anna.browser.storage.items.keys()]).toEqual([other])
    expect(await listDatabaseAccounts()).toEqual([])
  })

  test('says that the database is stuck while another window holds an older version of it, and goes on by itself', async () => {
    const older = versionOne(anna.account.id)
    await older.open()
    older.on('versionchange', () => false) // a window that does not give way
    const entrance = openTab()
    await expect.poll(() => entrance.status.value.storage, PATIENCE).toBe('stuck')
    older.close()
    await waitFor(entrance, 'signed-in')
    expect(entrance.status.value.storage).toBe('ready')
  })

  test('says that the storage is full when the database has no room for a row', async () => {
    const entrance = openTab()
    await waitFor(entrance, 'signed-in')
    const open = entrance.door.value?.open
    open?.noteFailure(new DOMException('no room', 'QuotaExceededError'))
    expect(entrance.status.value.storage).toBe('full')
    entrance.door.value?.wake()
    expect(entrance.status.value.storage).toBe('ready')
  })
})

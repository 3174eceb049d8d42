import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import type { Engine, StorageUse } from '../../pwa/client/contract/storage-care.ts'
import type { SiteStorage } from '../../pwa/client/environment.ts'
import { AccountDatabase } from '../../pwa/client/history/database.ts'
import { noteVisit, putOffHint, readVisits } from '../../pwa/client/history/visits.ts'
import { createCell } from '../../pwa/client/live.ts'
import { createStorageCare } from '../../pwa/client/storage-care.ts'
import './account-databases.ts'

const DAY_MS = 24 * 60 * 60_000
const noUse: StorageUse = { messageCount: 0, absence: null, hintPutOffAt: null }

/** A browser that promises when it is asked, and counts the questions. */
function promisingStorage(engine: Engine): SiteStorage & { readonly questions: () => number } {
  let questions = 0
  return {
    engine,
    questions: () => questions,
    isKept: async () => questions > 0,
    askToKeep: async () => {
      questions += 1
      return true
    },
    readSpace: async () => null,
    eraseSite: async () => undefined,
  }
}

function careFor(siteStorage: SiteStorage) {
  return createStorageCare({
    environment: { siteStorage },
    door: createCell<AccountDoor | null>(null),
    inside: () => {
      throw new Error('nobody is signed in')
    },
    whenOpen: (ifClosed) => createCell(ifClosed),
    asErrors: (work) => work(),
  })
}

describe('createStorageCare', () => {
  test('looks how storage stands at the start, and asks for nothing', async () => {
    const storage = promisingStorage('chromium')
    const told: unknown[] = []
    careFor(storage).health.subscribe((health) => told.push(health))
    await expect.poll(() => told.at(-1)).toEqual({ engine: 'chromium', isPersistent: false, space: null })
    expect(storage.questions()).toBe(0)
  })

  test.each([
    ['chromium', 1],
    ['webkit', 1],
    ['other', 1],
    ['firefox', 0],
  ] as const)('asks %s %i times by itself once there is something to keep', async (engine, times) => {
    const storage = promisingStorage(engine)
    const care = careFor(storage)
    care.askSilently()
    care.askSilently()
    expect(storage.questions()).toBe(times)
  })

  test('tells the answer when the person asks, in every browser', async () => {
    const storage = promisingStorage('firefox')
    const care = careFor(storage)
    const told: (boolean | null | undefined)[] = []
    care.health.subscribe((health) => told.push(health?.isPersistent))
    expect(await care.askToKeep()).toBe(true)
    expect(told.at(-1)).toBe(true)
  })

  test('tells of no use while nobody is signed in', () => {
    const told: StorageUse[] = []
    careFor(promisingStorage('other')).use.subscribe((use) => told.push(use))
    expect(told).toEqual([noUse])
  })
})

describe('visits', () => {
  let database: AccountDatabase
  beforeEach(() => {
    database = new AccountDatabase(1)
  })
  afterEach(() => database.delete())

  test('begin without an absence', async () => {
    await noteVisit(database, 100 * DAY_MS)
    expect(await readVisits(database)).toEqual({
      name: 'visits',
      lastAt: 100 * DAY_MS,
      absence: null,
      hintPutOffAt: null,
    })
  })

  test.each([
    [5, { days: 5, endedAt: 105 * DAY_MS }],
    [4, null],
  ])('remember an absence of %i days as %j', async (days, absence) => {
    await noteVisit(database, 100 * DAY_MS)
    await noteVisit(database, (100 + days) * DAY_MS)
    await noteVisit(database, (100 + days) * DAY_MS + 1)
    expect((await readVisits(database))?.absence).toEqual(absence)
  })

  test('remember when the hint was put off', async () => {
    await noteVisit(database, 1)
    await putOffHint(database, 2)
    await noteVisit(database, 3)
    expect(await readVisits(database)).toMatchObject({ lastAt: 3, hintPutOffAt: 2 })
  })
})

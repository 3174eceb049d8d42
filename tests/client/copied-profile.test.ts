import type { Table } from 'dexie'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { readRun } from '../../pwa/client/sync/run.ts'
import { openDatabase } from './account-databases.ts'
import {
  enrol,
  listSeals,
  readLines,
  startTestServer,
  write,
  type Person,
  type TestServer,
} from './person.ts'
import { closeBrowsers } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atBen: AccountDoor

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

beforeEach(async () => {
  anna = await enrol(server.origin)
  ben = await enrol(server.origin)
  atBen = await ben.browser.openTab(ben.account)
  await runAndWrite('hello')
})

afterEach(() => closeBrowsers(anna, ben))

const linesOfBen = () => readLines(atBen, anna.account)

/** A run of Anna's browser, from the first tab to the last, with one message that Ben receives. */
async function runAndWrite(text: string): Promise<void> {
  const tab = await anna.browser.openTab(anna.account)
  await write(tab, ben.account, text)
  await expect.poll(linesOfBen, PATIENCE).toContain(`them: ${text}`)
  await expect.poll(() => tab.open.database.outbox.count(), PATIENCE).toBe(0)
  anna.browser.closeTabs()
}

/** Copies Anna's profile; what is returned puts the copy in the place of what came after it. */
async function copyProfile(): Promise<() => Promise<void>> {
  const items = new Map(anna.browser.storage.items)
  const read = await openDatabase(anna.account.id)
  const rows = await Promise.all(
    read.tables.map(async (table): Promise<[string, unknown[]]> => [table.name, await table.toArray()]),
  )
  read.close()
  return async () => {
    anna.browser.storage.clear()
    for (const [name, value] of items) anna.browser.storage.setItem(name, value)
    const database = await openDatabase(anna.account.id)
    for (const [name, kept] of rows) {
      const table: Table<unknown> = database.table(name)
      await table.clear()
      await table.bulkPut(kept)
    }
    database.close()
  }
}

describe('a profile', () => {
  test('that was copied and goes on from the copy refreshes before it seals', async () => {
    const restore = await copyProfile()
    await runAndWrite('after the copy')
    await restore()
    await runAndWrite('from the copy')
    const lines = await linesOfBen()
    const sinceCopy = lines.slice(lines.indexOf('them: after the copy'))
    expect(sinceCopy.indexOf('keys-changed')).toBeGreaterThan(0)
    expect(sinceCopy.indexOf('keys-changed')).toBeLessThan(sinceCopy.indexOf('them: from the copy'))
  })

  test('refreshes, also in a later run, before it seals under what a copy of it has begun', async () => {
    const toCopy = await copyProfile()
    await runAndWrite('from the first')
    const toFirst = await copyProfile()
    await toCopy()
    await runAndWrite('from the copy')
    await toFirst()
    const reading = await anna.browser.openTab(anna.account)
    const linesOfAnna = async () => (await readLines(reading, ben.account)).join('\n')
    await expect.poll(linesOfAnna, PATIENCE).toContain('from the copy')
    await expect.poll(() => reading.open.database.outbox.count(), PATIENCE).toBe(0)
    anna.browser.closeTabs()
    await runAndWrite('from the first again')
    const lines = await linesOfBen()
    const sinceCopy = lines.slice(lines.indexOf('them: from the copy'))
    expect(sinceCopy).toContain('keys-changed')
    expect(sinceCopy.indexOf('keys-changed')).toBeLessThan(sinceCopy.indexOf('them: from the first again'))
  })

  test('that lost its counters counts on from the marks of the server', async () => {
    const database = await openDatabase(anna.account.id)
    await database.counters.clear()
    database.close()
    await runAndWrite('with the counters lost')
    expect(listSeals(anna.browser.records)).toHaveLength(2)
  })

  test('that wrote much without the server is taken for no copy', async () => {
    anna.browser.isOffline = true
    const tab = await anna.browser.openTab(anna.account)
    const countUnsealed = () =>
      tab.open.database.messages.filter(({ kind, seal }) => kind === 'text' && seal === null).count()
    const stateOfRun = async () => (await readRun(tab.open.database))?.state
    // More than the run tokens that are kept: each message asks in vain.
    for (let number = 1; number <= 20; number += 1) {
      await write(tab, ben.account, `in the tunnel ${number}`)
      await expect.poll(countUnsealed, PATIENCE).toBe(0)
    }
    expect(await stateOfRun()).toBe('unverified')
    anna.browser.isOffline = false
    await write(tab, ben.account, 'behind it')
    await expect.poll(linesOfBen, PATIENCE).toContain('them: behind it')
    await expect.poll(stateOfRun, PATIENCE).toBe('known')
  })
})

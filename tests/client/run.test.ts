import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { readRun } from '../../pwa/client/sync/run.ts'
import { enrol, readLines, startTestServer, write, type Person, type TestServer } from './person.ts'
import { closeBrowsers } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atAnna: AccountDoor
let atBen: AccountDoor

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  anna = await enrol(server.origin)
  ben = await enrol(server.origin)
  atAnna = await anna.browser.openTab(anna.account)
  atBen = await ben.browser.openTab(ben.account)
  await write(atAnna, ben.account, 'hello')
  await expect.poll(linesOfBen, PATIENCE).toContain('them: hello')
})
afterEach(() => closeBrowsers(anna, ben))

const linesOfBen = () => readLines(atBen, anna.account)
const countUnsealed = () =>
  atAnna.open.database.messages.filter(({ kind, seal }) => kind === 'text' && seal === null).count()
const stateOfAnna = async () => (await readRun(atAnna.open.database))?.state

test('a run is known once the server answers, however often it was asked in vain', async () => {
  anna.browser.closeTabs()
  anna.browser.isOffline = true
  atAnna = await anna.browser.openTab(anna.account)
  for (let number = 1; number <= 20; number += 1) {
    await write(atAnna, ben.account, `in the tunnel ${number}`)
    await expect.poll(countUnsealed, PATIENCE).toBe(0)
  }
  expect(await stateOfAnna()).toBe('unverified')
  anna.browser.isOffline = false
  await write(atAnna, ben.account, 'behind it')
  await expect.poll(linesOfBen, PATIENCE).toContain('them: behind it')
  await expect.poll(stateOfAnna, PATIENCE).toBe('known')
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import {
  enrol,
  listSeals,
  readLines,
  startTestServer,
  write,
  type Person,
  type TestServer,
} from './person.ts'

const MINUTE_MS = 60_000
const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atAnna: AccountDoor
let atBen: AccountDoor

beforeEach(async () => {
  server = await startTestServer()
  anna = await enrol(server.origin)
  ben = await enrol(server.origin)
  atAnna = await open(anna)
  atBen = await open(ben)
  for (const { api } of [anna, ben])
    await expect.poll(async () => (await api.call('prekeyStock')).stock, PATIENCE).toBe(100)
  await write(atAnna, ben.account, 'hello')
  await expect.poll(linesOfBen, PATIENCE).toEqual(['keys-exchanged', 'them: hello'])
  await write(atBen, anna.account, 'hi')
  await expect.poll(linesOfAnna, PATIENCE).toContain('them: hi')
})

afterEach(async () => {
  for (const { browser } of [anna, ben]) {
    expect(browser.faults).toEqual([])
    const seals = listSeals(browser.records)
    expect(new Set(seals).size).toBe(seals.length)
    browser.closeTabs()
  }
  await server.stop()
})

const open = (person: Person): Promise<AccountDoor> => person.browser.openTab(person.account)
const linesOfAnna = () => readLines(atAnna, ben.account)
const linesOfBen = () => readLines(atBen, anna.account)
const messagesIn = (lines: readonly string[]) => lines.filter((line) => /^(me|them|unreadable)/.test(line))

/** Ben closes his browser; what was in it is long on the disk. */
async function closeBen(): Promise<void> {
  ben.browser.closeTabs()
  ben.browser.clockAheadMs += 3 * MINUTE_MS
  atBen = await open(ben)
  ben.browser.closeTabs()
}

describe('lost and again', () => {
  test('bring unread messages once to a browser whose keys were cleared, after one tap', async () => {
    await closeBen()
    await write(atAnna, ben.account, 'a1', 'a2')
    await expect.poll(linesOfAnna, PATIENCE).toContain('me: a2 (sent)')
    ben.browser.storage.clear()
    atBen = await open(ben)
    await expect.poll(linesOfBen, PATIENCE).toContain('unreadable: no_keys')
    await replaceIdentity(atBen.open)
    atBen.tender.pullAndTend(anna.account.id)
    const held = async () =>
      (await atAnna.open.database.messages.toArray()).filter((row) => row.againFor !== undefined).length
    await expect.poll(held, PATIENCE).toBe(2)
    expect(messagesIn(await linesOfBen())).toEqual([
      'them: hello',
      expect.stringMatching(/^me: hi/),
      'unreadable: no_keys',
      'unreadable: no_keys',
    ])
    await atAnna.open.database.conversations.update(ben.account.id, { heldUpTo: null })
    atAnna.tender.tend(ben.account.id)
    await expect
      .poll(async () => messagesIn(await linesOfBen()), PATIENCE)
      .toEqual(['them: hello', expect.stringMatching(/^me: hi/), 'them: a1', 'them: a2'])
    await write(atBen, anna.account, 'b1')
    await expect
      .poll(async () => messagesIn(await linesOfAnna()), PATIENCE)
      .toEqual(['me: hello (delivered)', 'them: hi', 'me: a1 (delivered)', 'me: a2 (delivered)', 'them: b1'])
    expect(await linesOfAnna()).toContain('security-code-changed')
    expect(await held()).toBe(2)
  })

  test('bring them by themselves when the identity is the same', async () => {
    ben.browser.closeTabs()
    server.moveClock(MINUTE_MS)
    // Everything but the identity was cleared.
    for (const name of Array.from(ben.browser.storage.items.keys()))
      if (!name.endsWith('/identity')) ben.browser.storage.removeItem(name)
    const database = atBen.open.database.name
    await new Promise((resolve) => {
      indexedDB.deleteDatabase(database).addEventListener('success', resolve)
    })
    await write(atAnna, ben.account, 'a1', 'a2')
    await expect.poll(linesOfAnna, PATIENCE).toContain('me: a2 (sent)')
    atBen = await open(ben)
    await expect
      .poll(async () => messagesIn(await linesOfBen()), PATIENCE)
      .toEqual(['unreadable: no_keys', 'unreadable: other_browser', 'them: a1', 'them: a2'])
    expect(await linesOfAnna()).not.toContain('security-code-changed')
  })
})

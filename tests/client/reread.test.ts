import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { pullToHead } from '../../pwa/client/sync/pull.ts'
import { rereadWhereKeysCame } from '../../pwa/client/sync/reread.ts'
import { refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import { readLines, write, type Person, type TestServer } from './person.ts'
import { endTwoPeople, startTwoPeople } from './two-people.ts'

const MINUTE_MS = 60_000
const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person

beforeEach(async () => {
  ;({ server, anna, ben } = await startTwoPeople())
})

afterEach(() => endTwoPeople({ server, anna, ben }))

const open = (person: Person): Promise<AccountDoor> => person.browser.openTab(person.account)

describe('rereadWhereKeysCame', () => {
  test('opens what a tab without keys could not read, once another tab put them back', async () => {
    const atAnna = await open(anna)
    const before = await open(ben)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => readLines(before, anna.account), PATIENCE).toContain('them: a1')
    ben.browser.clockAheadMs += 3 * MINUTE_MS
    ben.browser.closeTabs()
    const holding = await open(ben)
    const linesOfBen = () => readLines(holding, anna.account)
    await expect.poll(linesOfBen, PATIENCE).toContain('them: a1')
    ben.browser.isOffline = true
    ben.browser.storage.clear()
    await holding.open.vault.check()
    expect(holding.open.vault.keys.value).toEqual({ state: 'gone', canPutBack: true })
    await write(atAnna, ben.account, 'a2', 'a3')
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('me: a3 (sent)')
    const fresh = await open(ben)
    expect(fresh.open.vault.keys.value).toEqual({ state: 'gone', canPutBack: false })
    ben.browser.isOffline = false
    // The tab that still holds the keys reads nothing before the person has said what to do; this one has none to wait for.
    await pullToHead(fresh.open, anna.account.id)
    await expect
      .poll(linesOfBen, PATIENCE)
      .toEqual(['keys-exchanged', 'them: a1', 'unreadable: no_keys', 'unreadable: no_keys'])
    await holding.open.vault.putBack()
    await fresh.open.vault.check()
    fresh.tender.tend(anna.account.id)
    const all = ['keys-exchanged', 'them: a1', 'them: a2', 'them: a3']
    await expect.poll(linesOfBen, PATIENCE).toEqual(all)
    await write(fresh, anna.account, 'b1')
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: b1')
    await write(atAnna, ben.account, 'a4')
    await expect.poll(linesOfBen, PATIENCE).toContain('them: a4')
    expect(await linesOfBen()).not.toContain('messages-missing')
  })

  test('knows a refresh of its own again that a tab without keys could not read', async () => {
    const atAnna = await open(anna)
    const holding = await open(ben)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => readLines(holding, anna.account), PATIENCE).toContain('them: a1')
    ben.browser.isOffline = true
    await refreshKeySet(holding.open, anna.account.id)
    ben.browser.storage.clear()
    await holding.open.vault.check()
    const fresh = await open(ben)
    const linesOfBen = () => readLines(fresh, anna.account)
    ben.browser.isOffline = false
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('keys-changed')
    await pullToHead(fresh.open, anna.account.id)
    await expect.poll(linesOfBen, PATIENCE).toContain('unreadable: other_browser')
    await holding.open.vault.putBack()
    await fresh.open.vault.check()
    fresh.tender.tend(anna.account.id)
    const epoch = async () => (await fresh.open.database.logs.get(anna.account.id))?.announced?.epoch
    await expect.poll(epoch, PATIENCE).toBe(2)
    expect(await linesOfBen()).toEqual(['keys-exchanged', 'them: a1', 'keys-changed'])
  })

  test('changes nothing that is shown already, although older keys are gone', async () => {
    const atAnna = await open(anna)
    const before = await open(ben)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => readLines(before, anna.account), PATIENCE).toContain('them: a1')
    await write(before, anna.account, 'b1')
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: b1')
    ben.browser.clockAheadMs += 3 * MINUTE_MS
    ben.browser.closeTabs()
    await open(ben)
    ben.browser.closeTabs()
    ben.browser.storage.clear()
    const { open: account, ...after } = await open(ben)
    await replaceIdentity(account)
    const linesOfBen = () => readLines({ open: account, ...after }, anna.account)
    await write({ open: account, ...after }, anna.account, 'b2')
    await expect.poll(linesOfBen, PATIENCE).toContain('me: b2 (delivered)')
    const shown = await linesOfBen()
    const log = await account.database.logs.get(anna.account.id)
    const exchange = log?.sealing?.exchange
    if (!exchange) throw new Error('there are no keys')
    await account.database.logs.update(anna.account.id, { unopened: [exchange] })
    await rereadWhereKeysCame(account, anna.account.id)
    expect(account.reread.has(exchange)).toBe(true)
    expect(await linesOfBen()).toEqual(shown)
  })

  test.each([1, 2])('reads salts that are gone from the log again, of epoch %i', async (epoch) => {
    const atAnna = await open(anna)
    const before = await open(ben)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => readLines(before, anna.account), PATIENCE).toContain('them: a1')
    if (epoch === 2) await refreshKeySet(before.open, anna.account.id)
    const announced = async () => (await before.open.database.logs.get(anna.account.id))?.announced?.epoch
    await expect.poll(announced, PATIENCE).toBe(epoch)
    ben.browser.closeTabs()
    ben.browser.clockAheadMs += 3 * MINUTE_MS
    await open(ben)
    ben.browser.closeTabs()
    const names = Array.from({ length: ben.browser.storage.length }, (_, index) =>
      ben.browser.storage.key(index),
    )
    for (const name of names) if (name?.includes('/salt/')) ben.browser.storage.removeItem(name)
    const after = await open(ben)
    await write(after, anna.account, 'b1')
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: b1')
    expect(await readLines(after, anna.account)).not.toContain('keys-lost-here')
    expect((await after.open.database.logs.get(anna.account.id))?.state.exchanges).toHaveLength(1)
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { readConversationView } from '../../pwa/client/history/conversation-view.ts'
import { refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import { freshId } from './account-databases.ts'
import { readItems, readLines, write, type Person, type TestServer } from './person.ts'
import { endTwoPeople, startTwoPeople } from './two-people.ts'

const MINUTE_MS = 60_000
const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person

beforeEach(async () => {
  ;({ server, anna, ben } = await startTwoPeople())
  for (const person of [anna, ben]) {
    await open(person)
    await expect.poll(() => stockOf(person), PATIENCE).toBe(100)
    person.browser.closeTabs()
  }
})

afterEach(() => endTwoPeople({ server, anna, ben }))

const open = (person: Person): Promise<AccountDoor> => person.browser.openTab(person.account)
const stockOf = async ({ api }: Person): Promise<number> => (await api.call('prekeyStock')).stock
const exchangesOf = async (tab: AccountDoor, contact: Person) =>
  ((await tab.open.database.logs.get(contact.account.id))?.state.exchanges ?? []).map(({ state }) => state)

async function readTexts(tab: AccountDoor, contact: Person): Promise<readonly string[]> {
  const items = await readItems(tab, contact.account)
  return items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
}

const viewOf = ({ open: { database, vault } }: AccountDoor, contact: Person) =>
  readConversationView(database, contact.account.id, {
    sealableExchanges: vault.sealableExchanges(),
    isMovedAway: async () => false,
  })

/** Writes to somebody whose browser is closed, and closes one's own. */
async function writeAndClose(from: Person, to: Person, ...texts: readonly string[]): Promise<void> {
  const tab = await open(from)
  await write(tab, to.account, ...texts)
  await expect
    .poll(async () => (await readLines(tab, to.account)).filter((line) => line.endsWith('(sent)')), PATIENCE)
    .toEqual(texts.map((text) => `me: ${text} (sent)`))
  expect(await viewOf(tab, to)).toMatchObject({ keys: 'ready', epoch: 1 })
  from.browser.closeTabs()
}

describe('first contact with somebody who is offline', () => {
  test('is read when they are back, and so is their answer', async () => {
    await writeAndClose(anna, ben, 'a1', 'a2', 'a3')
    server.moveClock(10 * MINUTE_MS)
    const atBen = await open(ben)
    const inBen = ['keys-exchanged', 'them: a1', 'them: a2', 'them: a3']
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toEqual(inBen)
    expect(await viewOf(atBen, anna)).toMatchObject({ keys: 'waiting', epoch: null })
    await write(atBen, anna.account, 'b1')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('me: b1 (sent)')
    ben.browser.closeTabs()
    server.moveClock(10 * MINUTE_MS)
    const atAnna = await open(anna)
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toEqual(['a1', 'a2', 'a3', 'b1'])
    expect(await exchangesOf(atAnna, ben)).toEqual(['open', 'one-way', 'one-way'])
  })

  test('is answered within a minute by whoever comes back, under two-way keys', async () => {
    await writeAndClose(anna, ben, 'a1')
    const atBen = await open(ben)
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['a1'])
    await write(atBen, anna.account, 'b1')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('me: b1 (sent)')
    expect(await exchangesOf(atBen, anna)).toEqual(['established', 'one-way'])
  })

  test('becomes a two-way exchange by itself once both are online', async () => {
    await writeAndClose(anna, ben, 'a1')
    server.moveClock(10 * MINUTE_MS)
    const atBen = await open(ben)
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['a1'])
    const atAnna = await open(anna)
    await expect.poll(() => exchangesOf(atAnna, ben), PATIENCE).toContain('established')
    await write(atAnna, ben.account, 'a2')
    await write(atBen, anna.account, 'b1')
    await expect
      .poll(async () => (await readTexts(atBen, anna)).toSorted(), PATIENCE)
      .toEqual(['a1', 'a2', 'b1'])
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: b1')
    expect((await exchangesOf(atAnna, ben)).filter((state) => state === 'established')).toHaveLength(1)
  })

  test('uses up one prekey, whose private half is gone once it was read', async () => {
    await writeAndClose(anna, ben, 'a1', 'a2')
    expect(await stockOf(ben)).toBe(99)
    const atBen = await open(ben)
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['a1', 'a2'])
    expect(atBen.open.vault.listPrekeys()).toHaveLength(99)
  })

  test('goes on in the same exchange, refreshed before an offline message of a new run', async () => {
    await writeAndClose(anna, ben, 'a1')
    let atAnna = await open(anna)
    await refreshKeySet(atAnna.open, ben.account.id)
    await write(atAnna, ben.account, 'a2')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    anna.browser.closeTabs()
    anna.browser.isOffline = true
    atAnna = await open(anna)
    await write(atAnna, ben.account, 'a3')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(2)
    anna.browser.isOffline = false
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    anna.browser.closeTabs()
    // The offer of the beginning is no longer open, so nobody answers it.
    server.moveClock(10 * MINUTE_MS)
    const atBen = await open(ben)
    await expect
      .poll(() => readLines(atBen, anna.account), PATIENCE)
      .toEqual(['keys-exchanged', 'them: a1', 'keys-changed', 'them: a2', 'keys-changed', 'them: a3'])
    expect(await exchangesOf(atBen, anna)).toEqual(['open', 'one-way'])
  })

  test('takes a prekey envelope back that a two-way exchange has made needless', async () => {
    const atBen = await open(ben)
    const atAnna = await open(anna)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['a1'])
    await atAnna.open.database.outbox.put({
      id: freshId(),
      conversation: ben.account.id,
      order: 1,
      kind: 'prekey',
      envelope: '{}',
      exchange: freshId(),
      seal: null,
      next: null,
      notAfter: Date.now() + MINUTE_MS,
      storedSeq: null,
      refused: null,
    })
    atAnna.tender.tend(ben.account.id)
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
    await write(atAnna, ben.account, 'a2')
    await expect.poll(() => readTexts(atBen, anna), PATIENCE).toEqual(['a1', 'a2'])
    expect(await exchangesOf(atAnna, ben)).toEqual(['established'])
  })

  test('waits on the device when no prekey is left', async () => {
    const db = await ben.api.call('prekeyStock')
    expect(db.stock).toBe(100)
    await ben.api.call('publishIdentity', {
      body: { identity: (await anna.api.call('ownIdentity')).identity ?? '', replaces: db.identity },
    })
    const atAnna = await open(anna)
    await write(atAnna, ben.account, 'a1')
    await expect.poll(() => anna.browser.requests.join('\n'), PATIENCE).toContain('/prekey')
    expect(await readLines(atAnna, ben.account)).toEqual(['me: a1 (waiting)'])
    expect(await viewOf(atAnna, ben)).toMatchObject({ keys: 'waiting' })
  })

  test('of both at once is read by both', async () => {
    await writeAndClose(anna, ben, 'a1')
    anna.browser.isOffline = true
    const atBen = await open(ben)
    await write(atBen, anna.account, 'b1')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('me: b1 (sent)')
    anna.browser.isOffline = false
    const atAnna = await open(anna)
    await expect.poll(() => readTexts(atAnna, ben), PATIENCE).toEqual(['a1', 'b1'])
    expect(await readTexts(atBen, anna)).toEqual(['a1', 'b1'])
  })
})

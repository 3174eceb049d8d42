import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import type { ConversationView, SafetyNumber } from '../../pwa/client/contract/conversation.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { markVerified, unmarkVerified } from '../../pwa/client/commands/verify-contact.ts'
import { readConversationView } from '../../pwa/client/history/conversation-view.ts'
import { createCell } from '../../pwa/client/live.ts'
import { readAcquaintance, watchSafetyNumber } from '../../pwa/client/safety-number-view.ts'
import { ensureConversation } from '../../pwa/client/sync/stream-loop.ts'
import { enrol, readLines, startTestServer, write, type Person, type TestServer } from './person.ts'
import { closeBrowsers } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }
/** A message that waits wrongly is sent within half a second. */
const LONG_ENOUGH_MS = 2_000

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
})

afterEach(() => closeBrowsers(anna, ben))

async function meet(): Promise<void> {
  await write(atAnna, ben.account, 'hello')
  await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
  await write(atBen, anna.account, 'hi')
  await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: hi')
}

/** The number as it stands now; null when there is none. */
async function readNumber({ open }: AccountDoor, { account }: Person): Promise<SafetyNumber | null> {
  const source = createCell(await readAcquaintance(open, account.id))
  return new Promise((resolve) => {
    const stop = watchSafetyNumber(source).subscribe((number) => {
      stop()
      resolve(number)
    })
  })
}

async function numberOf(tab: AccountDoor, contact: Person): Promise<SafetyNumber> {
  const number = await readNumber(tab, contact)
  if (!number) throw new Error('there is no safety number')
  return number
}

async function viewOf({ open }: AccountDoor, { account }: Person): Promise<ConversationView> {
  const view = await readConversationView(open.database, account.id, {
    sealableExchanges: open.vault.sealableExchanges(),
    isMovedAway: async () => false,
  })
  if (!view) throw new Error('there is no such conversation')
  return view
}

async function verify(tab: AccountDoor, contact: Person): Promise<SafetyNumber> {
  const number = await numberOf(tab, contact)
  await markVerified(tab.open, contact.account.id, number)
  return number
}

/** Somebody clears this browser's keys, and the person goes on without them. */
async function loseKeys({ browser }: Person, { open, wake }: AccountDoor): Promise<void> {
  browser.storage.clear()
  await expect.poll(() => open.vault.keys.value.state, PATIENCE).toBe('gone')
  await replaceIdentity(open)
  wake()
}

/** Ben has new keys, and Anna has seen them. */
async function changeIdentityOfBen(): Promise<void> {
  await loseKeys(ben, atBen)
  await write(atBen, anna.account, 'with new keys')
  await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: with new keys')
}

describe('watchSafetyNumber', () => {
  test('tells both sides the same twelve groups of five digits', async () => {
    await meet()
    const number = await numberOf(atAnna, ben)
    expect(number.groups).toHaveLength(12)
    expect(number.groups.join('')).toBe(number.qrText)
    expect(number).toMatchObject({ contactName: ben.account.username, isVerified: false })
    expect((await numberOf(atBen, anna)).groups).toEqual(number.groups)
  })

  test('knows it from the directory before the first exchange, and nothing without the server', async () => {
    await ensureConversation(atAnna.open, ben.account)
    await expect.poll(() => readNumber(atAnna, ben), PATIENCE).not.toBeNull()
    const { qrText } = await numberOf(atAnna, ben)
    anna.browser.isOffline = true
    expect(await readNumber(atAnna, ben)).toBeNull()
    anna.browser.isOffline = false
    await meet()
    expect((await numberOf(atAnna, ben)).qrText).toBe(qrText)
  })

  test('is null for somebody there is no conversation with', async () => {
    expect(await readNumber(atAnna, ben)).toBeNull()
  })

  test('tells anew when the contact is marked', async () => {
    await meet()
    const told: boolean[] = []
    const source = createCell(await readAcquaintance(atAnna.open, ben.account.id))
    const stop = watchSafetyNumber(source).subscribe((number) => told.push(number?.isVerified ?? false))
    await expect.poll(() => told, PATIENCE).toEqual([false])
    await verify(atAnna, ben)
    source.set(await readAcquaintance(atAnna.open, ben.account.id))
    await expect.poll(() => told, PATIENCE).toEqual([false, true])
    stop()
  })
})

describe('markVerified', () => {
  test('shows the contact as verified, until it is unmarked', async () => {
    await meet()
    expect(await viewOf(atAnna, ben)).toMatchObject({ isVerified: false, isSendingHeld: false })
    await verify(atAnna, ben)
    expect(await viewOf(atAnna, ben)).toMatchObject({ isVerified: true, isSendingHeld: false })
    expect((await viewOf(atBen, anna)).isVerified).toBe(false)
    await unmarkVerified(atAnna.open, ben.account.id)
    expect((await viewOf(atAnna, ben)).isVerified).toBe(false)
  })

  test('refuses a number that is no longer the one', async () => {
    await meet()
    const compared = await numberOf(atAnna, ben)
    await changeIdentityOfBen()
    const marking = markVerified(atAnna.open, ben.account.id, compared)
    await expect(marking).rejects.toMatchObject({ code: 'safety_number_changed' })
    expect((await viewOf(atAnna, ben)).isVerified).toBe(false)
    const other = { ...(await numberOf(atAnna, ben)), ownIdentity: compared.contactIdentity }
    const markingOther = markVerified(atAnna.open, ben.account.id, other)
    await expect(markingOther).rejects.toMatchObject({ code: 'safety_number_changed' })
  })
})

describe('a verified contact with a new identity', () => {
  test('is verified no more, and what is typed afterwards waits until the person has looked', async () => {
    await meet()
    const before = await verify(atAnna, ben)
    await changeIdentityOfBen()
    expect(await viewOf(atAnna, ben)).toMatchObject({ isVerified: false, isSendingHeld: true })
    expect((await numberOf(atAnna, ben)).qrText).not.toBe(before.qrText)
    await write(atAnna, ben.account, 'who are you')
    await new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH_MS))
    expect(await readLines(atAnna, ben.account)).toContain('me: who are you (waiting)')
    expect((await viewOf(atAnna, ben)).heldCount).toBe(1)
    await verify(atAnna, ben)
    atAnna.tender.tend(ben.account.id)
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: who are you')
    expect(await viewOf(atAnna, ben)).toMatchObject({ isVerified: true, isSendingHeld: false })
  })

  test('stays held through one more change of identity', async () => {
    await meet()
    await verify(atAnna, ben)
    await changeIdentityOfBen()
    await write(atAnna, ben.account, 'who are you')
    await loseKeys(ben, atBen)
    await write(atBen, anna.account, 'new once more')
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: new once more')
    expect((await viewOf(atAnna, ben)).isSendingHeld).toBe(true)
  })

  test('leaves no verified identity behind that could come back', async () => {
    await meet()
    await verify(atAnna, ben)
    const { conversations } = atAnna.open.database
    const before = (await conversations.get(ben.account.id))?.verifiedIdentity
    await changeIdentityOfBen()
    expect(before).toEqual(expect.any(String))
    expect((await conversations.get(ben.account.id))?.verifiedIdentity).toBeNull()
  })
})

describe('a contact that was never verified', () => {
  test('may get a new identity without holding what is typed afterwards', async () => {
    await meet()
    await changeIdentityOfBen()
    expect((await viewOf(atAnna, ben)).isSendingHeld).toBe(false)
    await write(atAnna, ben.account, 'welcome back')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: welcome back')
  })
})

describe('a new identity of our own', () => {
  test('ends every verification and holds nothing', async () => {
    await meet()
    await verify(atAnna, ben)
    await loseKeys(anna, atAnna)
    expect(await viewOf(atAnna, ben)).toMatchObject({ isVerified: false, isSendingHeld: false })
    await write(atAnna, ben.account, 'with my new keys')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: with my new keys')
  })
})

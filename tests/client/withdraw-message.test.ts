import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { withdrawMessage } from '../../pwa/client/commands/withdraw-message.ts'
import { readOutbox } from '../../pwa/client/history/outbox-view.ts'
import { isUnsent } from '../../pwa/client/history/database.ts'
import { refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import { readLines, write, type Person, type TestServer } from './person.ts'
import { endTwoPeople, startTwoPeople } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atAnna: AccountDoor
let atBen: AccountDoor

beforeEach(async () => {
  ;({ server, anna, ben } = await startTwoPeople())
  atAnna = await anna.browser.openTab(anna.account)
  atBen = await ben.browser.openTab(ben.account)
  await write(atAnna, ben.account, 'hello')
  await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
  await expect.poll(async () => (await atAnna.open.database.outbox.count()) === 0, PATIENCE).toBe(true)
})

afterEach(() => endTwoPeople({ server, anna, ben }))

async function idOf(text: string): Promise<string> {
  const row = await atAnna.open.database.messages.filter((one) => one.text === text).first()
  if (!row) throw new Error(`nobody wrote ${text}`)
  return row.id
}

const waiting = async (): Promise<string[]> =>
  (await readOutbox(atAnna.open.database)).flatMap(({ messages }) =>
    messages.map(({ text, state, canWithdraw }) => `${text}: ${state}${canWithdraw ? '' : ', stays'}`),
  )

const readByBen = async (): Promise<string[]> =>
  (await readLines(atBen, anna.account)).filter((line) => line !== 'keys-exchanged')

async function writeOffline(...texts: readonly string[]): Promise<void> {
  anna.browser.isOffline = true
  await write(atAnna, ben.account, ...texts)
  const sealed = () => atAnna.open.database.outbox.filter(isUnsent).count()
  await expect.poll(sealed, PATIENCE).toBe(texts.length)
}

describe('withdrawMessage', () => {
  test('takes back one of several that were sealed offline; the others arrive without a gap', async () => {
    await writeOffline('a1', 'a2', 'a3')
    expect(await waiting()).toEqual(['a1: queued', 'a2: queued', 'a3: queued'])
    const { text } = await withdrawMessage(atAnna.open, await idOf('a2'))
    expect(text).toBe('a2')
    atAnna.tender.tend(ben.account.id)
    await expect.poll(waiting, PATIENCE).toEqual(['a1: queued', 'a3: queued'])
    anna.browser.isOffline = false
    await expect.poll(readByBen, PATIENCE).toEqual(['them: hello', 'them: a1', 'them: a3'])
    await write(atAnna, ben.account, 'a4')
    await expect.poll(readByBen, PATIENCE).toEqual(['them: hello', 'them: a1', 'them: a3', 'them: a4'])
    expect(await waiting()).toEqual([])
  })

  test.each([
    ['', 'a2'],
    ['and this', 'a2\nand this'],
  ])('makes one that is to be changed the draft, before %j, or stays as it was', async (typed, draft) => {
    const { open } = atAnna
    await writeOffline('a1', 'a2')
    const refuse = (): never => {
      throw new Error('the disk is full')
    }
    open.database.drafts.hook('creating', refuse)
    await expect(withdrawMessage(open, await idOf('a2'), { typed })).rejects.toThrow()
    expect(await waiting()).toEqual(['a1: queued', 'a2: queued'])
    open.database.drafts.hook('creating').unsubscribe(refuse)
    await withdrawMessage(open, await idOf('a2'), { typed })
    expect(await waiting()).toEqual(['a1: queued'])
    expect(await open.database.drafts.get(ben.account.id)).toMatchObject({ text: draft })
  })

  test('takes back one that stands before a refresh of the keys', async () => {
    await writeOffline('a1')
    await refreshKeySet(atAnna.open, ben.account.id)
    await write(atAnna, ben.account, 'a2')
    await expect.poll(waiting, PATIENCE).toEqual(['a1: queued', 'a2: queued'])
    await withdrawMessage(atAnna.open, await idOf('a1'))
    atAnna.tender.tend(ben.account.id)
    anna.browser.isOffline = false
    await expect.poll(readByBen, PATIENCE).toEqual(['them: hello', 'them: a2'])
  })

  test('takes back one that waits for keys', async () => {
    anna.browser.isOffline = true
    await write(atAnna, { id: 4711, username: 'carol' }, 'to carol')
    expect(await waiting()).toEqual(['to carol: keys'])
    await withdrawMessage(atAnna.open, await idOf('to carol'))
    expect(await waiting()).toEqual([])
    anna.browser.isOffline = false
  })

  test('refuses one whose answer was lost, because it may have arrived', async () => {
    anna.browser.losesAnswer = (request) => request.endsWith('/entries') && request.startsWith('POST')
    await write(atAnna, ben.account, 'a1')
    await expect.poll(readByBen, PATIENCE).toContain('them: a1')
    await expect(withdrawMessage(atAnna.open, await idOf('a1'))).rejects.toMatchObject({
      code: 'message_on_its_way',
    })
    anna.browser.losesAnswer = () => false
    anna.browser.wake()
    await expect.poll(waiting, PATIENCE).toEqual([])
    expect(await readByBen()).toEqual(['them: hello', 'them: a1'])
  })

  test('refuses one of the contact, and one that nobody wrote', async () => {
    await write(atBen, anna.account, 'from ben')
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: from ben')
    for (const id of [await idOf('from ben'), 'A'.repeat(22)])
      await expect(withdrawMessage(atAnna.open, id)).rejects.toMatchObject({ code: 'message_on_its_way' })
  })
})

describe('readOutbox', () => {
  test('says of what stands behind a parked message that it waits for that one', async () => {
    await writeOffline('a1', 'a2')
    await atAnna.open.database.outbox.update(await idOf('a1'), { parked: 'refused' })
    expect(await waiting()).toEqual(['a1: parked', 'a2: behind'])
    expect(await readOutbox(atAnna.open.database)).toMatchObject([
      { contact: { username: ben.account.username }, parked: 'refused' },
    ])
    await withdrawMessage(atAnna.open, await idOf('a1'))
    atAnna.tender.tend(ben.account.id)
    anna.browser.isOffline = false
    await expect.poll(readByBen, PATIENCE).toEqual(['them: hello', 'them: a2'])
  })

  test('says of what is on its way that it is, and of a lost answer that it is being found out', async () => {
    await writeOffline('a1')
    await atAnna.open.database.messages.update(await idOf('a1'), { append: 'sending' })
    expect(await waiting()).toEqual(['a1: sending, stays'])
    await atAnna.open.database.messages.update(await idOf('a1'), { append: 'unknown' })
    expect(await waiting()).toEqual(['a1: checking, stays'])
    anna.browser.isOffline = false
    await expect.poll(readByBen, PATIENCE).toEqual(['them: hello', 'them: a1'])
  })

  test('names each conversation that waits', async () => {
    await writeOffline('a1')
    await write(atAnna, { id: 4711, username: 'carol' }, 'to carol')
    const names = (await readOutbox(atAnna.open.database)).map(({ contact }) => contact.username)
    expect(names).toEqual(['carol', ben.account.username].toSorted((a, b) => a.localeCompare(b)))
    anna.browser.isOffline = false
    await expect.poll(readByBen, PATIENCE).toEqual(['them: hello', 'them: a1'])
  })
})

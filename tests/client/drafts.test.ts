import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createDrafts } from '../../pwa/client/drafts.ts'
import type { AccountDatabase } from '../../pwa/client/history/database.ts'
import { freshAccountId, openDatabase } from './account-databases.ts'

const CONTACT = 7
const OTHER = 8

const account = freshAccountId()

/** A tab of this browser. */
async function openTab() {
  const database = await openDatabase(account)
  await database.drafts.clear()
  onTestFinished(() => database.close())
  return { database, drafts: createDrafts(() => database) }
}

const storedIn = async (database: AccountDatabase): Promise<string | undefined> =>
  (await database.drafts.get(CONTACT))?.text

describe('createDrafts', () => {
  test('stores what was typed within half a second, and gives it to the next tab', async () => {
    const { database, drafts } = await openTab()
    drafts.note(CONTACT, 'half a')
    drafts.note(CONTACT, 'half a sentence')
    await vi.waitFor(async () => expect(await storedIn(database)).toBe('half a sentence'), 500)
    expect(await createDrafts(() => database).read(CONTACT)).toBe('half a sentence')
    expect(await drafts.read(OTHER)).toBe('')
  })

  test('stores at most once in a quarter of a second', async () => {
    const { drafts } = await openTab()
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    for (let length = 1; length <= 50; length += 1) {
      drafts.note(CONTACT, 'x'.repeat(length))
      await delay(10)
    }
    await drafts.keep()
    const changes = put.mock.calls.length
    put.mockRestore()
    expect(changes).toBeGreaterThan(1)
    expect(changes).toBeLessThan(8)
  })

  test('knows what was typed before it is stored', async () => {
    const { drafts } = await openTab()
    drafts.note(CONTACT, 'just now')
    expect(await drafts.read(CONTACT)).toBe('just now')
  })

  test('stores nothing of what was deleted again', async () => {
    const { database, drafts } = await openTab()
    drafts.note(CONTACT, 'never mind')
    await drafts.keep()
    drafts.note(CONTACT, '')
    expect(await drafts.keep()).toBe(true)
    expect(await database.drafts.count()).toBe(0)
  })

  test('says that all is kept, unless another tab typed in the same conversation', async () => {
    const { database, drafts } = await openTab()
    const elsewhere = createDrafts(() => database)
    drafts.note(CONTACT, 'here')
    expect(await drafts.keep()).toBe(true)
    elsewhere.note(CONTACT, 'there')
    expect(await elsewhere.keep()).toBe(true)
    expect(await drafts.keep()).toBe(false)
    expect(await drafts.read(CONTACT)).toBe('here')
  })

  test('stores again what another tab took the place of, once that was sent', async () => {
    const { database, drafts } = await openTab()
    drafts.note(CONTACT, 'here')
    await drafts.keep()
    await database.drafts.clear()
    expect(await drafts.keep()).toBe(true)
    expect(await storedIn(database)).toBe('here')
  })

  test('holds what cannot be stored, and stores it when that works again', async () => {
    const { database } = await openTab()
    let isClosed = true
    const closed = await openDatabase(freshAccountId())
    closed.close()
    const drafts = createDrafts(() => (isClosed ? closed : database))
    drafts.note(CONTACT, 'no room')
    expect(await drafts.keep()).toBe(false)
    expect(await drafts.read(CONTACT)).toBe('no room')
    isClosed = false
    expect(await drafts.keep()).toBe(true)
    expect(await storedIn(database)).toBe('no room')
  })

  test('forgets what is taken to be sent, and does not store it afterwards', async () => {
    const { database, drafts } = await openTab()
    drafts.note(CONTACT, 'stored')
    await drafts.keep()
    drafts.note(CONTACT, 'stored and more')
    expect(drafts.take(CONTACT)).toBe('stored')
    await drafts.keep()
    expect(await storedIn(database)).toBe('stored')
  })
})

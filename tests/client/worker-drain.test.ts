import { Dexie } from 'dexie'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { newOutboxRow } from '../../pwa/client/history/counters.ts'
import { databaseName, type OutboxRow } from '../../pwa/client/history/database.ts'
import { freshAccountId, freshId, openDatabase } from './account-databases.ts'
import { startScriptedServer, type ScriptedServer } from './scripted-server.ts'

const CONTACT = 7

let account: number
let server: ScriptedServer
let drainAll: () => Promise<void>

beforeEach(async () => {
  account = freshAccountId()
  server = await startScriptedServer(account)
  Object.assign(globalThis, { self: { fetch: server.fetch, navigator } })
  // Not by an import of the compiler's: the worker's project has the worker's types.
  drainAll = (await vi.importActual<{ drainAll: () => Promise<void> }>('../../sw/drain.ts')).drainAll
  return () => server.close()
})

/** Leaves rows in the outbox of an account, and no connection open. */
async function queue(of: number, count: number, change: Partial<OutboxRow> = {}): Promise<string[]> {
  const database = await openDatabase(of)
  const ids = Array.from({ length: count }, freshId)
  await database.transaction('rw', database.outbox, async () => {
    for (const id of ids) {
      const row = await newOutboxRow(database, {
        id,
        conversation: CONTACT,
        kind: 'message',
        envelope: '{}',
        exchange: freshId(),
        seal: null,
        next: null,
        notAfter: null,
      })
      await database.outbox.put({ ...row, ...change })
    }
  })
  database.close()
  return ids
}

describe('drainAll', () => {
  test('sends the outbox of the account that is signed in', async () => {
    const ids = await queue(account, 10)
    await drainAll()
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('leaves the outbox of another account alone', async () => {
    await queue(freshAccountId(), 3)
    await drainAll()
    expect(server.appends).toEqual([])
  })

  test('makes no database for an account that has none here', async () => {
    await drainAll()
    expect(await Dexie.exists(databaseName(account))).toBe(false)
  })

  test('is content when nobody is signed in', async () => {
    await queue(account, 3)
    server.account = null
    await drainAll()
    expect(server.appends).toEqual([])
  })

  test('asks to be called again when the server does not answer, and then sends all once', async () => {
    const ids = await queue(account, 3)
    server.script.push({ kind: 'reset-after-store' })
    await expect(drainAll()).rejects.toMatchObject({ name: 'StillQueued' })
    await drainAll()
    expect(server.stored.get(CONTACT)).toEqual(ids)
  })

  test('asks to be called again when not even the session can be asked for', async () => {
    await queue(account, 3)
    await server.close()
    await expect(drainAll()).rejects.toMatchObject({ name: 'StillQueued' })
    server = await startScriptedServer(account)
  })

  test('is content when the session ends meanwhile: a page has to sign in', async () => {
    await queue(account, 3)
    server.script.push({ kind: 'status', status: 401, code: 'not_signed_in' })
    await drainAll()
    expect(server.stored.size).toBe(0)
  })

  test('leaves offers to the page', async () => {
    await queue(account, 1, { kind: 'offer', notAfter: Number.MAX_SAFE_INTEGER })
    await drainAll()
    expect(server.appends).toEqual([])
  })
})

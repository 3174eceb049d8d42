import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { message, newKeySet } from '../contracts/entries.ts'
import { startMariadb } from '../support/databases/mariadb.ts'
import type { DatabaseServer } from '../support/databases/server-process.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const BUSY = { status: 503, code: 'busy', at: undefined }

let folder: string
let mariadb: DatabaseServer
let server: TestServer
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-mariadb-'))
  mariadb = await startMariadb(folder)
  server = await startTestServer({ environment: { DATABASE_URL: mariadb.url } })
})
afterAll(async () => {
  await server?.remove()
  await mariadb?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a database that goes away', () => {
  test('makes every route answer busy, at once, and work again when it is back', async () => {
    const [alice, bob] = [server.visit(), server.visit()]
    const [, b] = [await alice.register(), await bob.register()]
    const keys = newKeySet()
    const append = { at: { contact: b.id }, body: { entries: [message(keys, 1)] } }
    await alice.call('append', append)

    await mariadb.stop()
    const startedAt = performance.now()
    for (let round = 0; round < 3; round++)
      expect(
        await Promise.all([
          ...Array.from({ length: 8 }, () => alice.refused('append', append)),
          alice.refused('conversations'),
          alice.refused('health'),
          server.visit().refused('session'),
        ]),
      ).toEqual(Array.from({ length: 11 }, () => BUSY))
    expect(performance.now() - startedAt).toBeLessThan(5000)
    expect(alice.cookie).not.toBe('')

    await mariadb.start()
    expect(await alice.call('health')).toEqual({ isReady: true })
    expect((await alice.call('append', append)).stored).toMatchObject([{ seq: 1, isSameEnvelope: true }])
    expect((await alice.openSession()).account).not.toBeNull()
  })
})

describe('a server that starts before its database', () => {
  test('waits for it, and says so', async () => {
    await mariadb.stop()
    const starting = server.restart()
    await delay(1500)
    expect(server.lines.filter(({ event }) => event === 'waiting_for_database')).toHaveLength(1)
    await mariadb.start()
    await starting
    expect(await server.visit().call('health')).toEqual({ isReady: true })
  })
})

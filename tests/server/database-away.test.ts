import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { message, newKeySet } from '../contracts/entries.ts'
import { type RestartableMariadb, startRestartableMariadb } from './restartable-mariadb.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const BUSY = { status: 503, code: 'busy', at: undefined }

let mariadb: RestartableMariadb
let server: TestServer
beforeAll(async () => {
  mariadb = await startRestartableMariadb()
  server = await startTestServer({ environment: { DATABASE_URL: mariadb.url } })
})
afterAll(async () => {
  await server?.remove()
  await mariadb?.remove()
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

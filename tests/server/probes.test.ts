import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.remove())

async function ask(path: string) {
  const startedAt = performance.now()
  const response = await fetch(server.origin + path)
  const { status, headers } = response
  return { status, headers, text: await response.text(), ms: performance.now() - startedAt }
}
const statuses = async () => [(await ask('/healthz')).status, (await ask('/readyz')).status]

describe('/healthz and /readyz', () => {
  test.each(['/healthz', '/readyz'])('%s answers 200 and says nothing else, to anybody', async (path) => {
    const { status, text, headers } = await ask(path)
    expect([status, text]).toEqual([200, 'ok\n'])
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('Set-Cookie')).toBeNull()
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  })

  test('tell a server without its database from one that is gone', async () => {
    await server.deps.db.destroy()
    expect(await statuses()).toEqual([200, 503])
    server.deps.db.initialize()
    expect(await statuses()).toEqual([200, 200])
  })

  test('tell a database that lacks a migration', async () => {
    const { db } = server.deps
    const last = await db('knex_migrations').orderBy('name', 'desc').first<Record<string, unknown>>()
    await db('knex_migrations').where({ name: last?.['name'] }).delete()
    expect(await statuses()).toEqual([200, 503])
    await db('knex_migrations').insert(last)
    expect(await statuses()).toEqual([200, 200])
  })

  test('wait a second for a database that hangs, and no longer', async () => {
    const { db } = server.deps
    // SQLite has one connection here, and this keeps it.
    const holding = db.transaction(() => delay(3_000))
    const health = await ask('/healthz')
    const ready = await ask('/readyz')
    expect([health.status, ready.status]).toEqual([200, 503])
    expect(health.ms).toBeLessThan(500)
    expect(ready.ms).toBeGreaterThan(900)
    expect(ready.ms).toBeLessThan(2_000)
    await holding
    expect(await statuses()).toEqual([200, 200])
  })

  test('leave no line in the log', async () => {
    await statuses()
    expect(server.lines.filter(({ event }) => event === 'request')).toEqual([])
  })
})

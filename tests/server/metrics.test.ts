import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { message, newKeySet } from '../contracts/entries.ts'
import { findFreePort } from '../support/free-port.ts'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let address: string
beforeAll(async () => {
  const port = await findFreePort()
  address = `http://127.0.0.1:${port}`
  server = await startTestServer({ environment: { METRICS_PORT: String(port) } })
})
afterAll(() => server.remove())

/** The value of one line of Prometheus' text; null: there is none. */
async function read(line: string): Promise<number | null> {
  const text = await (await fetch(`${address}/metrics`)).text()
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return found === undefined ? null : Number(found.slice(line.length + 1))
}

describe('/metrics', () => {
  test('counts requests by route and class of status, and how long they took', async () => {
    const visitor = server.visit()
    await visitor.refused('conversations')
    const labels = 'method="GET",route="/api/conversations"'
    expect(await read(`letterlock_requests_total{${labels},status="4xx"}`)).toBe(1)
    expect(await read(`letterlock_request_seconds_count{${labels}}`)).toBe(1)
  })

  test('counts acknowledged entries and open streams', async () => {
    const [alice, bob] = [server.visit(), server.visit()]
    const [, b] = [await alice.register(), await bob.register()]
    const before = (await read('letterlock_entries_total')) ?? NaN
    const keys = newKeySet()
    const entries = [message(keys, 1), message(keys, 2)]
    await alice.call('append', { at: { contact: b.id }, body: { entries } })
    expect(await read('letterlock_entries_total')).toBe(before + 2)
    const stream = await alice.listen()
    expect(await read('letterlock_streams')).toBe(1)
    await stream.close()
    await expect.poll(() => read('letterlock_streams')).toBe(0)
  })

  test('shows the line of password hashes, the pool, the bus and the lag of the event loop', async () => {
    expect(await read('letterlock_hashes_waiting')).toBe(0)
    // SQLite has one connection.
    expect(await read('letterlock_database_connections_free')).toBe(1)
    expect(await read('letterlock_database_connections_used')).toBe(0)
    expect(await read('letterlock_database_connections_awaited')).toBe(0)
    expect(await read('letterlock_bus_whole')).toBe(1)
    expect(await read('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0)
  })

  test('names nobody', async () => {
    const visitor = server.visit()
    const { id, username } = await visitor.register('in-the-metrics')
    await visitor.call('findAccount', { at: { username } })
    const text = await (await fetch(`${address}/metrics`)).text()
    expect(text).toContain('/api/accounts/by-name/:username')
    for (const hidden of [username, String(id)]) expect(text).not.toContain(hidden)
  })

  test('is at its own port and at no other address', async () => {
    expect((await fetch(`${address}/`)).status).toBe(404)
    expect(await (await fetch(`${server.origin}/metrics`)).text()).not.toContain('letterlock_')
  })
})

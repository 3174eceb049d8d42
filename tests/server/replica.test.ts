/** A MariaDB and its replica, which lags, hangs and dies. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { message, newKeySet } from '../contracts/entries.ts'
import { startMariadb } from '../support/databases/mariadb.ts'
import type { DatabaseServer } from '../support/databases/server-process.ts'
import { findFreePort } from '../support/free-port.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import type { Visitor } from './visitor.ts'

vi.setConfig({ testTimeout: 60_000 })
const CAUGHT_UP_WITHIN_MS = 20_000

let folder: string
let primary: DatabaseServer
let replica: DatabaseServer
let replicaAdmin: Connection
let server: TestServer
let metrics: string
let alice: Visitor
let contact: number
const keys = newKeySet()
const written: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-replica-'))
  primary = await startMariadb(path.join(folder, 'primary'), [
    `--log-bin=${path.join(folder, 'binlog')}`,
    '--server-id=1',
    '--log-bin-trust-function-creators=1',
  ])
  replica = await startMariadb(path.join(folder, 'replica'), ['--server-id=2'])
  replicaAdmin = await createConnection(replica.adminUrl)
  await replicate()
  const metricsPort = await findFreePort()
  metrics = `http://127.0.0.1:${metricsPort}/metrics`
  server = await startTestServer({
    environment: {
      DATABASE_URL: primary.url,
      DATABASE_REPLICA_URLS: replica.url,
      METRICS_PORT: String(metricsPort),
    },
  })
  alice = server.visit()
  const bob = server.visit()
  await alice.register()
  contact = (await bob.register()).id
})
afterAll(async () => {
  replica?.resume()
  replicaAdmin?.destroy()
  await server?.remove()
  await Promise.all([replica?.kill(), primary?.kill()])
  await rm(folder, { recursive: true, force: true })
})

/** From now on: both have made their roles and an empty database by themselves. */
async function replicate(): Promise<void> {
  const admin = await createConnection(primary.adminUrl)
  const [[at]] = await admin.query<RowDataPacket[]>('show master status')
  await admin.end()
  const { port, username, password } = new URL(primary.adminUrl)
  await replicaAdmin.query(
    'change master to master_host = ?, master_port = ?, master_user = ?, master_password = ?, master_log_file = ?, master_log_pos = ?',
    ['127.0.0.1', Number(port), username, password, at?.['File'], at?.['Position']],
  )
  await replicaAdmin.query('start slave')
}

async function write(count: number): Promise<void> {
  const entries = Array.from({ length: count }, (_, index) => message(keys, written.length + index + 1))
  const { refused } = await alice.call('append', { at: { contact }, body: { entries } })
  expect(refused).toBeNull()
  written.push(...entries.map(({ id }) => id))
}

const untilReplicaHas = (count: number) =>
  expect
    .poll(
      async () => {
        const [[row]] = await replicaAdmin.query<RowDataPacket[]>(
          'select count(*) as there from letterlock.entries',
        )
        return row?.['there']
      },
      { timeout: CAUGHT_UP_WITHIN_MS },
    )
    .toBe(count)

const pull = (after: number) => alice.call('pull', { at: { contact }, query: `?after=${after}` })

/** Pulls to the head as a browser does; gives all ids. */
async function pullAll(): Promise<string[]> {
  const ids: string[] = []
  for (;;) {
    const page = await pull(ids.length)
    expect(page.after).toBe(ids.length)
    ids.push(...page.entries.map(({ id }) => id))
    if (ids.length >= page.head) return ids
  }
}

async function countReads(from: 'primary' | 'replica'): Promise<number> {
  const text = await (await fetch(metrics)).text()
  return Number(new RegExp(`letterlock_log_reads_total\\{from="${from}"\\} ([0-9]+)`).exec(text)?.[1] ?? 0)
}

describe('the log with a replica', () => {
  test('is read there', async () => {
    await write(5)
    await untilReplicaHas(5)
    expect(await pullAll()).toEqual(written)
    expect([await countReads('primary'), await countReads('replica')]).toEqual([0, 1])
  })

  test('is whole at once though the replica stands still: what it lacks is read at the primary', async () => {
    await replicaAdmin.query('stop slave')
    await write(5)
    const page = await pull(0)
    expect([page.entries.length, page.head]).toEqual([5, 10])
    const before = await countReads('primary')
    expect(await pullAll()).toEqual(written)
    expect(await countReads('primary')).toBe(before + 1)
    await replicaAdmin.query('start slave')
    await untilReplicaHas(10)
    expect((await pull(0)).entries).toHaveLength(10)
  })

  test('is read past a gap at the primary', async () => {
    await replicaAdmin.query('stop slave')
    await write(1)
    // As a replica may look for a moment that applies several transactions at a time.
    await replicaAdmin.query('set session sql_log_bin = 0')
    await replicaAdmin.query(
      `insert into letterlock.entries select conversation, 13, ?, sender, accepted_at, null, null, envelope
       from letterlock.entries where seq = 1`,
      [Buffer.alloc(16, 7)],
    )
    await write(2)
    expect(await pullAll()).toEqual(written)
    expect((await pull(10)).entries.map(({ seq }) => seq)).toEqual([11, 12, 13])
  })

  test('is read while the replica hangs, and while it is gone, and waits for it once', async () => {
    replica.pause()
    const startedAt = performance.now()
    for (let count = 0; count < 5; count++) expect(await pullAll()).toEqual(written)
    expect(performance.now() - startedAt).toBeLessThan(5000)
    replica.resume()
    await replica.kill()
    for (let count = 0; count < 5; count++) expect(await pullAll()).toEqual(written)
  })
})

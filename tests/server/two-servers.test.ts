/** Two server processes on one MariaDB, with a Redis that is cut, killed and lied about. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { POLL_EVERY_MS } from '../../server/live/slow-poll.ts'
import { message, newKeySet } from '../contracts/entries.ts'
import { AppProcess } from '../support/app-process.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { findFreePort } from '../support/free-port.ts'
import { Redis } from '../support/redis.ts'
import { Follower } from './follower.ts'
import { Visitor } from './visitor.ts'

vi.setConfig({ testTimeout: 60_000 })

/** A poll begins this late at most, and then asks, tells and is pulled from: on a busy machine. */
const TOLD_WITHIN_MS = 2 * POLL_EVERY_MS
const CUT_MS = 10_000

let place: TestDatabase
let redis: Redis
let secrets: string
let servers: readonly [AppProcess, AppProcess]
let alice: Visitor
let bob: Visitor
let contact: number
let follower: Follower
const keys = newKeySet()
const written: { id: string; at: number }[] = []

beforeAll(async () => {
  place = await createDatabase('mariadb')
  redis = await Redis.start()
  secrets = await mkdtemp(path.join(tmpdir(), 'letterlock-two-'))
  const ports = [await findFreePort(), await findFreePort()] as const
  const publicOrigin = `http://localhost:${ports[0]}`
  const start = (port: number) =>
    AppProcess.start({
      port,
      dataDir: secrets,
      databaseUrl: place.databaseUrl ?? '',
      environment: { PUBLIC_ORIGIN: publicOrigin, REDIS_URL: redis.url },
    })
  // One after the other: the first makes the keys that both use.
  servers = [await start(ports[0]), await start(ports[1])]
  ;[alice, bob] = [new Visitor(publicOrigin, Date.now), new Visitor(publicOrigin, Date.now)]
  const [a, b] = [await alice.register('alice'), await bob.register('bob')]
  contact = b.id
  // What one server let in, the other knows.
  bob.address = servers[1].origin
  await write()
  follower = new Follower(bob, a.id)
  await untilShown()
})
afterAll(async () => {
  await follower?.stop()
  await Promise.all(servers?.map((server) => server.remove()) ?? [])
  await redis?.kill()
  await place?.remove()
  await rm(secrets, { recursive: true, force: true })
})

/** Alice writes at the first server. */
async function write(): Promise<void> {
  const entry = message(keys, written.length + 1)
  const { refused } = await alice.call('append', { at: { contact }, body: { entries: [entry] } })
  expect(refused).toBeNull()
  written.push({ id: entry.id, at: Date.now() })
}

const untilShown = () =>
  vi.waitFor(() => expect(follower.shown.length).toBeGreaterThanOrEqual(written.length), {
    timeout: 3 * TOLD_WITHIN_MS,
  })

/** How long each message took from the one server's answer to the other's reader, from the given one on. */
const delays = (from: number): number[] =>
  written.slice(from).map(({ at }, index) => (follower.shown[from + index]?.at ?? Infinity) - at)

const expectEachOnce = () => expect(follower.ids).toEqual(written.map(({ id }) => id))

const ready = async (server: AppProcess) => (await fetch(`${server.origin}/readyz`)).text()

describe('two servers', () => {
  test('tell each other’s readers at once, and of each other’s people', async () => {
    const from = written.length
    for (let count = 0; count < 20; count++) await write()
    await untilShown()
    expectEachOnce()
    expect(Math.max(...delays(from))).toBeLessThan(POLL_EVERY_MS / 2)
    expect((await alice.call('conversations')).conversations).toMatchObject([{ isContactOnline: true }])
    expect(await ready(servers[0])).toBe('ok\n')
  })

  test('are late by no more than a poll while the bus is cut, and say so', async () => {
    const from = written.length
    const stream = await alice.listen(3 * TOLD_WITHIN_MS)
    await stream.nextOf('hello')
    redis.pause()
    const cutAt = Date.now()
    while (Date.now() - cutAt < CUT_MS) {
      await write()
      await delay(250)
    }
    await untilShown()
    // Bob says at the second server how far he is; Alice hears of it at the first.
    await bob.call('applied', {
      at: { contact: (await alice.openSession()).account?.id },
      body: { seq: written.length },
    })
    for (;;) if ((await stream.nextOf('applied')).seq === written.length) break
    expect(await Promise.all(servers.map(ready))).toEqual(['ok, bus away\n', 'ok, bus away\n'])
    redis.resume()
    expectEachOnce()
    expect(Math.max(...delays(from))).toBeLessThan(TOLD_WITHIN_MS)
    await stream.close()
    for (const server of servers)
      await expect.poll(() => ready(server), { timeout: 3 * POLL_EVERY_MS }).toBe('ok\n')
    for (const { output } of servers) {
      expect(output.match(/"bus_away"/g)).toHaveLength(1)
      expect(output.match(/"bus_back"/g)).toHaveLength(1)
    }
  })

  test('show each entry once, in order, when what the bus carries is doubled and reordered', async () => {
    const liar = createClient({ url: redis.url })
    const [echo, heard] = [liar.duplicate(), new Set<string>()]
    await Promise.all([liar.connect(), echo.connect()])
    const all: string[] = []
    await liar.subscribe('letterlock/live/1', (text) => {
      if (text.includes('"live":null') || heard.has(text)) return
      heard.add(text)
      all.unshift(text)
    })
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 6; count++) await write()
      // The newest first, and each twice, among those of the next round.
      for (const text of all.splice(0).flatMap((one) => [one, one]))
        void echo.publish('letterlock/live/1', text)
    }
    await untilShown()
    await delay(500)
    expect(heard.size).toBeGreaterThanOrEqual(30)
    expectEachOnce()
    liar.destroy()
    echo.destroy()
  })

  test('lose nothing and nobody when one of them is killed', async () => {
    const streams = follower.streamsOpened
    await servers[1].kill()
    for (let count = 0; count < 5; count++) await write()
    await follower.moveTo(servers[0].origin)
    for (let count = 0; count < 5; count++) await write()
    await untilShown()
    expect(follower.streamsOpened).toBeGreaterThan(streams)
    expectEachOnce()
    await servers[1].restart()
    await follower.moveTo(servers[1].origin)
    await expect.poll(() => follower.streamsOpened).toBeGreaterThan(streams + 1)
    await write()
    await untilShown()
    expectEachOnce()
  })

  const countAway = () => servers[1].output.split('"bus_away"').length - 1

  test('start and serve while Redis is away', async () => {
    await redis.kill()
    const before = countAway()
    await servers[1].restart()
    expect(await ready(servers[1])).toBe('ok, bus away\n')
    await expect.poll(countAway, { timeout: POLL_EVERY_MS }).toBe(before + 1)
    await write()
    await untilShown()
    expectEachOnce()
  })
})

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { appendEntries } from '../../server/commands/append-entries.ts'
import { noteSecurityEvent } from '../../server/commands/change-factors.ts'
import { moveApplied } from '../../server/commands/move-applied.ts'
import { readConfig } from '../../server/config.ts'
import type { Database } from '../../server/database.ts'
import { type Bus, createLocalBus } from '../../server/live/bus.ts'
import { createHub, type Hub, type LiveStream } from '../../server/live/hub.ts'
import { createPresence, PRESENT_MS } from '../../server/live/presence.ts'
import { createSlowPoll } from '../../server/live/slow-poll.ts'
import { randomId } from '../../server/random-id.ts'
import type { StreamEvent } from '../../server/wire/stream.ts'
import { makeAccountAt } from './accounts.ts'
import { type OpenDatabase, openers } from './databases.ts'
import { message, newKeySet } from './entries.ts'
import { makeSecrets } from './secrets.ts'

/** Two servers that share a database and no bus. */
for (const [name, open] of Object.entries(openers))
  describe(`servers that share a database, on ${name}`, () => {
    let opened: OpenDatabase | undefined
    let db: Database
    let now = 1_800_000_000_000
    let buses: [Bus, Bus]
    let hubs: [Hub, Hub]
    const clock = () => now
    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    beforeEach(() => {
      buses = [createLocalBus(), createLocalBus()]
      hubs = [createHub(buses[0]), createHub(buses[1])]
      now += 3_600_000
    })
    afterAll(() => opened?.remove())

    const makeAccount = () => makeAccountAt(db, now)
    const append = (bus: Bus, [sender, contact]: readonly [number, number]) =>
      appendEntries(
        { db, bus, config: readConfig({}), secrets: makeSecrets(), clock, randomBytes },
        { sender, contact, entries: [message(newKeySet(), 1)] },
      )
    function connect(hub: Hub, account: number): StreamEvent[] {
      const heard: StreamEvent[] = []
      const stream: LiveStream = {
        account,
        session: randomBytes(32),
        send: (event) => heard.push(event),
        end: () => hub.remove(stream),
      }
      hub.add(stream)
      return heard
    }

    describe('createSlowPoll', () => {
      test('tells of a log that grew elsewhere, once', async () => {
        const pair = [await makeAccount(), await makeAccount()] as const
        const heard = connect(hubs[1], pair[1])
        const poll = createSlowPoll({ db, bus: buses[1], hub: hubs[1], clock })
        await append(buses[0], pair)
        await append(buses[0], pair)
        await poll()
        await poll()
        const page = { contact: pair[0], after: 2, entries: [], head: 2 }
        expect(heard).toEqual([{ type: 'page', page }])
      })

      test('does not tell what the bus has told', async () => {
        const pair = [await makeAccount(), await makeAccount()] as const
        const heard = connect(hubs[1], pair[1])
        const poll = createSlowPoll({ db, bus: buses[1], hub: hubs[1], clock })
        await poll()
        await append(buses[1], pair)
        const told = heard.length
        await poll()
        await poll()
        expect(heard).toHaveLength(told)
      })

      test('tells of an entry that became visible long after its time', async () => {
        const pair = [await makeAccount(), await makeAccount()] as const
        const heard = connect(hubs[1], pair[1])
        const poll = createSlowPoll({ db, bus: buses[1], hub: hubs[1], clock })
        await append(buses[0], pair)
        now += 20_000
        await poll()
        expect(heard).toHaveLength(1)
      })

      test('tells how far the contact has come', async () => {
        const pair = [await makeAccount(), await makeAccount()] as const
        await append(buses[0], pair)
        now += 3_600_000
        const heard = connect(hubs[1], pair[0])
        const poll = createSlowPoll({ db, bus: buses[1], hub: hubs[1], clock })
        await moveApplied({ db, bus: buses[0], clock }, { account: pair[1], contact: pair[0], seq: 1 })
        await poll()
        await poll()
        expect(heard).toEqual([{ type: 'applied', contact: pair[1], seq: 1 }])
      })

      test('tells each account once of what was done to its means of signing in', async () => {
        const [account, other] = [await makeAccount(), await makeAccount()]
        const [heard, heardByOther] = [connect(hubs[1], account), connect(hubs[1], other)]
        const poll = createSlowPoll({ db, bus: buses[1], hub: hubs[1], clock })
        const origin = { address: '192.0.2.1', userAgent: 'a browser' }
        const note = () =>
          noteSecurityEvent(
            { db, bus: buses[0], hub: hubs[0], clock, randomBytes },
            { account, session: null, origin },
            'password-changed',
          )
        await note()
        now += 1000
        await note()
        await poll()
        await poll()
        expect(heard).toEqual([{ type: 'security' }])
        now += 1000
        await note()
        await poll()
        expect(heard).toHaveLength(2)
        expect(heardByOther).toEqual([])
      })
    })

    describe('presence', () => {
      const presenceAt = (index: 0 | 1) =>
        createPresence({ db, bus: buses[index], hub: hubs[index], clock, server: randomId(randomBytes) })

      test('is known at every server, until the last stream of the last server has ended', async () => {
        const account = await makeAccount()
        const servers = [presenceAt(0), presenceAt(1)] as const
        for (const server of servers) await server.beat()
        const isOnline = async () =>
          Promise.all(servers.map(async (server) => (await server.listOnline([account])).has(account)))
        for (const hub of hubs) connect(hub, account)
        for (const server of servers) await server.settle(account)
        expect(await isOnline()).toEqual([true, true])
        hubs[0].close()
        await servers[0].settle(account)
        expect(await isOnline()).toEqual([true, true])
        hubs[1].close()
        await servers[1].settle(account)
        expect(await isOnline()).toEqual([false, false])
      })

      test('is told to contacts when it changes', async () => {
        const pair = [await makeAccount(), await makeAccount()] as const
        await append(buses[0], pair)
        const heard = connect(hubs[0], pair[0])
        const presence = presenceAt(0)
        connect(hubs[0], pair[1])
        await presence.settle(pair[1])
        expect(heard).toEqual([{ type: 'online', contact: pair[1], isOnline: true }])
      })

      test('ends with a server that beats no more, and with one that leaves', async () => {
        const account = await makeAccount()
        const [gone, other] = [presenceAt(0), presenceAt(1)]
        for (const server of [gone, other]) await server.beat()
        connect(hubs[0], account)
        await gone.settle(account)
        expect(await other.listOnline([account])).toEqual(new Set([account]))
        now += PRESENT_MS + 1
        await other.beat()
        expect(await other.listOnline([account])).toEqual(new Set())
        await gone.beat()
        expect(await other.listOnline([account])).toEqual(new Set([account]))
        await gone.leave()
        expect(await other.listOnline([account])).toEqual(new Set())
      })

      test('of a server that is long gone is removed', async () => {
        const account = await makeAccount()
        const [gone, other] = [presenceAt(0), presenceAt(1)]
        await gone.beat()
        connect(hubs[0], account)
        await gone.settle(account)
        now += 2 * PRESENT_MS + 1
        await other.beat()
        expect(await db('presences').where({ account })).toEqual([])
      })
    })
  })

/** Twenty people write and follow through nginx while servers, database and Redis are killed, one at a time. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { checkLog } from '../../../server/commands/check-log.ts'
import { openMysql } from '../../../server/database.ts'
import { Follower } from '../../server/follower.ts'
import { Visitor } from '../../server/visitor.ts'
import { AppProcess } from '../../support/app-process.ts'
import { startMariadb } from '../../support/databases/mariadb.ts'
import { startMysql } from '../../support/databases/mysql.ts'
import { findFreePort } from '../../support/free-port.ts'
import { Redis } from '../../support/redis.ts'
import { startFront } from './front.ts'
import { judgeRecords, type Position } from './judge-records.ts'
import { Writer } from './writer.ts'

export const ENGINES = ['mariadb', 'mysql'] as const
export type Engine = (typeof ENGINES)[number]
type Victim = 'server' | 'database' | 'redis' | 'nginx'
const VICTIMS: readonly Victim[] = ['server', 'database', 'redis', 'nginx']

/** Five people who all write to each other: ten conversations, twenty who write and follow. */
const PEOPLE = 5
const RUNS_MOST_MS = 1000
const AWAY_MOST_MS = 1000
/** Within this everybody writes again, and every stream is open again. */
const AGAIN_WITHIN_MS = 60_000

interface Campaign {
  readonly engine: Engine
  readonly rounds: number
  readonly say: (line: string) => void
}
export interface KillFigures {
  readonly killed: Readonly<Record<Victim, number>>
  readonly acknowledged: number
  readonly logged: number
  readonly sentAgain: number
  readonly streamsOpened: number
  /** From a kill until everybody had written and every stream was open again. */
  readonly slowestRecoveryMs: number
  readonly faults: readonly string[]
}

/** Throws when the stage cannot be set, or somebody cannot go on. */
export async function killServers({ engine, rounds, say }: Campaign): Promise<KillFigures> {
  const stage = await setStage(engine)
  try {
    const people = await registerAll(stage.origin)
    const pairs = people.flatMap((one) =>
      people.filter((other) => other !== one).map((other) => ({ one, other })),
    )
    const clients = pairs.map(({ one, other }) => ({
      pair: [Math.min(one.id, other.id), Math.max(one.id, other.id)].join(' '),
      writer: new Writer(sameBrowser(one.visitor, stage.origin), other.id),
      follower: new Follower(sameBrowser(one.visitor, stage.origin), other.id),
      reader: sameBrowser(one.visitor, stage.origin),
      contact: other.id,
    }))
    const killed = { server: 0, database: 0, redis: 0, nginx: 0 }
    let slowestRecoveryMs = 0
    for (let round = 0; round < rounds; round++) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'server'
      await delay(Math.random() * RUNS_MOST_MS)
      const killedAt = performance.now()
      await stage.kill(victim, round)
      await untilAgain(clients)
      killed[victim]++
      slowestRecoveryMs = Math.max(slowestRecoveryMs, performance.now() - killedAt)
      say(
        `${engine}, round ${round + 1}: ${victim} killed, all again after ${Math.round(performance.now() - killedAt)} ms`,
      )
    }
    const judged = await judge(clients, stage.databaseUrl)
    const faults = [...judged.faults, ...stage.listFaults()]
    return { killed, slowestRecoveryMs: Math.round(slowestRecoveryMs), ...judged, faults }
  } finally {
    await stage.remove()
  }
}

interface Stage {
  readonly origin: string
  readonly databaseUrl: string
  /** Kills, waits a moment, starts again. */
  kill(victim: Victim, round: number): Promise<void>
  /** The requests that failed in a way that the servers did not expect. */
  listFaults(): string[]
  remove(): Promise<void>
}

async function setStage(engine: Engine): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-kills-'))
  const database =
    engine === 'mariadb'
      ? await startMariadb(path.join(folder, 'database'))
      : await startMysql(path.join(folder, 'database'), path.resolve('.build/mysql'))
  const redis = await Redis.start()
  const [port, ...appPorts] = [await findFreePort(), await findFreePort(), await findFreePort()]
  const origin = `http://localhost:${port}`
  const apps: AppProcess[] = []
  for (const appPort of appPorts)
    apps.push(
      await AppProcess.start({
        port: appPort,
        dataDir: path.join(folder, 'data'),
        databaseUrl: database.url,
        environment: { PUBLIC_ORIGIN: origin, REDIS_URL: redis.url, ENTRIES_PER_MINUTE: '1000000' },
      }),
    )
  const front = await startFront(port ?? 0, appPorts)
  const pause = () => delay(Math.random() * AWAY_MOST_MS)
  return {
    origin,
    databaseUrl: database.url,
    async kill(victim, round) {
      // Both in turn.
      const app = apps[Math.floor(round / VICTIMS.length) % apps.length]
      const killing = { server: app, database, redis, nginx: front }[victim]
      await killing?.kill()
      await pause()
      await {
        server: () => app?.restart(),
        database: () => database.start(),
        redis: () => redis.restart(),
        nginx: () => front.start(),
      }[victim]()
    },
    listFaults: () =>
      apps.flatMap(({ output }) => output.split('\n').filter((line) => line.includes('"status":500'))),
    async remove() {
      await front.remove()
      await Promise.all(apps.map((app) => app.kill()))
      await Promise.all([redis.kill(), database.kill()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Person {
  readonly id: number
  readonly visitor: Visitor
}

async function registerAll(origin: string): Promise<Person[]> {
  const people: Person[] = []
  for (let count = 0; count < PEOPLE; count++) {
    const visitor = new Visitor(origin, Date.now)
    people.push({ id: (await visitor.register()).id, visitor })
  }
  return people
}

/** Another tab of the same browser. */
function sameBrowser(visitor: Visitor, origin: string): Visitor {
  const tab = new Visitor(origin, Date.now)
  tab.cookie = visitor.cookie
  tab.token = visitor.token
  return tab
}

interface Client {
  /** The conversation. */
  readonly pair: string
  readonly writer: Writer
  readonly follower: Follower
  readonly reader: Visitor
  readonly contact: number
}

async function untilAgain(clients: readonly Client[]): Promise<void> {
  const before = clients.map(({ writer }) => writer.acknowledged.length)
  const deadlineMs = Date.now() + AGAIN_WITHIN_MS
  const areAllAgain = () =>
    clients.every(
      ({ writer, follower }, index) =>
        follower.isConnected && writer.acknowledged.length > (before[index] ?? 0),
    )
  while (!areAllAgain()) {
    if (Date.now() > deadlineMs) throw new Error(`not everybody goes on after ${AGAIN_WITHIN_MS} ms`)
    await delay(20)
  }
}

async function judge(
  clients: readonly Client[],
  databaseUrl: string,
): Promise<Omit<KillFigures, 'killed' | 'slowestRecoveryMs'>> {
  await Promise.all(clients.map(({ writer }) => writer.stop()))
  const faults = clients.flatMap(({ writer }) => writer.faults)
  let logged = 0
  for (const sides of Map.groupBy(clients, ({ pair }) => pair).values()) {
    const log = await pullAll(sides[0])
    logged += log.length
    await untilShown(sides, log.length)
    faults.push(
      ...judgeRecords({
        log,
        acknowledged: sides.flatMap(({ writer }) => writer.acknowledged),
        reads: sides.map(({ follower }) =>
          follower.readings.map(({ askedAt, at, page }) => ({ askedAt, at, ...page })),
        ),
        shown: sides.map(({ follower }) => follower.shown),
      }),
    )
  }
  await Promise.all(clients.map(({ follower }) => follower.stop()))
  const db = openMysql(databaseUrl)
  faults.push(...(await checkLog(db)).faults)
  await db.destroy()
  const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0)
  return {
    acknowledged: sum(clients.map(({ writer }) => writer.acknowledged.length)),
    logged,
    sentAgain: sum(clients.map(({ writer }) => writer.sentAgain)),
    streamsOpened: sum(clients.map(({ follower }) => follower.streamsOpened)),
    faults,
  }
}

async function pullAll(client: Client | undefined): Promise<Position[]> {
  const log: Position[] = []
  if (!client) return log
  for (;;) {
    const page = await client.reader.call('pull', {
      at: { contact: client.contact },
      query: `?after=${log.length}`,
    })
    log.push(...page.entries.map(({ seq, id }) => ({ seq, id })))
    if (page.entries.length === 0 || log.length >= page.head) return log
  }
}

/** Whoever has not come so far by then is judged as they are. */
async function untilShown(clients: readonly Client[], count: number): Promise<void> {
  const deadlineMs = Date.now() + AGAIN_WITHIN_MS / 2
  while (clients.some(({ follower }) => follower.shown.length < count) && Date.now() < deadlineMs)
    await delay(50)
}

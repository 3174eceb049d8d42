/**
 * `npm run bench:streams -- --streams 10000 --rate 200 --seconds 30 [--tls]`: what one server process carries. Opens live
 * streams, one for each account, on MariaDB; then entries pass, each to the streams of both sides. With `--tls` all of it goes
 * through nginx as it ships, each account on a connection of its own with TLS and HTTP/2. Prints one line of JSON: memory for
 * each stream, beside that of a server that does nothing but hold them; how long an entry took from the request to a stream, and what
 * the event loop lagged.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openMysql } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import { message, type NewEntry, newKeySet } from '../contracts/entries.ts'
import { chooseOrigin, type Site, startSite } from '../nginx/site.ts'
import { AppProcess } from '../support/app-process.ts'
import { startMariadb } from '../support/databases/mariadb.ts'
import { findFreePort } from '../support/free-port.ts'
import { type Entrance, type Line, LineVisitor, plainEntrance, siteEntrance } from './entrances.ts'

const ROWS_AT_A_TIME = 1000
const OPENED_AT_A_TIME = 100
const SETTLES_MS = 3000

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    tls: { type: 'boolean', default: false },
  },
})
const [count, rate, seconds] = [Number(values.streams), Number(values.rate), Number(values.seconds)]

interface Reader {
  readonly account: number
  readonly cookie: string
  readonly line: Line
}

const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-bench-'))
const database = await startMariadb(path.join(folder, 'database'))
const metricsPort = await findFreePort()
const place = values.tls ? await chooseOrigin() : null
const app = await AppProcess.start({
  dataDir: path.join(folder, 'data'),
  databaseUrl: database.url,
  environment: {
    METRICS_PORT: String(metricsPort),
    ENTRIES_PER_MINUTE: '1000000',
    ...(place && { PUBLIC_ORIGIN: place.origin, TRUST_PROXY: '1' }),
  },
})
let site: Site | null = null
const readers: Reader[] = []
try {
  site = place && (await startSite({ httpsPort: place.httpsPort, appServers: [`127.0.0.1:${app.port}`] }))
  const entrance = site ? await siteEntrance(site) : plainEntrance(app.origin)
  const kibOfBareStream = await measureBareStreams()
  process.stdout.write(`${JSON.stringify(await measure(entrance, kibOfBareStream))}\n`)
} finally {
  for (const { line } of readers) line.close()
  await app.kill()
  await site?.stop()
  await database.kill()
  await rm(folder, { recursive: true, force: true })
}

async function measure(entrance: Entrance, kibOfBareStream: number): Promise<Record<string, unknown>> {
  const accounts = await makeAccounts()
  const before = { app: await readMetric('process_resident_memory_bytes'), nginx: await readNginxBytes() }
  const heard: Heard = { arrivals: new Map(), broken: 0 }
  const openedFrom = performance.now()
  readers.push(...(await openStreams(entrance, accounts, heard)))
  const openMs = performance.now() - openedFrom
  await delay(SETTLES_MS)
  const after = { app: await readMetric('process_resident_memory_bytes'), nginx: await readNginxBytes() }
  const open = await readMetric('letterlock_streams')
  const sendingFrom = performance.now()
  const { sent, refused } = await sendAll(entrance)
  const sendingMs = performance.now() - sendingFrom
  await delay(SETTLES_MS)
  const delays = [...sent]
    .flatMap(([id, at]) => (heard.arrivals.get(id) ?? []).map((arrival) => arrival - at))
    .sort(byNumber)
  const at = (share: number) => Math.round(delays[Math.floor(delays.length * share)] ?? NaN)
  return {
    streams: open,
    openedPerSecond: Math.round(readers.length / (openMs / 1000)),
    ...compareMemory((after.app - before.app) / open / 1024, kibOfBareStream),
    ...(site && { kibPerStreamInNginx: kib((after.nginx - before.nginx) / open) }),
    brokenStreams: heard.broken,
    entries: sent.size,
    entriesPerSecond: Math.round(sent.size / (sendingMs / 1000)),
    refused,
    // Both sides hear of each.
    missing: 2 * sent.size - delays.length,
    msToStream: { median: at(0.5), p95: at(0.95), p99: at(0.99) },
    residentMib: Math.round((await readMetric('process_resident_memory_bytes')) / 2 ** 20),
    lagMs: Math.round((await readMetric('nodejs_eventloop_lag_p99_seconds')) * 1000),
    loadOfMachine: loadavg()[0],
  }
}

function toTenths(value: number): number {
  return Math.round(value * 10) / 10
}

function kib(bytes: number): number {
  return toTenths(bytes / 1024)
}

function compareMemory(kibPerStream: number, kibOfBareStream: number): Record<string, number> {
  return {
    kibPerStream: toTenths(kibPerStream),
    kibPerStreamOfBareServer: toTenths(kibOfBareStream),
    ratio: toTenths(kibPerStream / kibOfBareStream),
  }
}

/** The reference: the same streams at a server that only says hello on them. */
async function measureBareStreams(): Promise<number> {
  const server = spawn(process.execPath, ['tests/bench/bare-streams.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [port] = await once(server.stdout.setEncoding('utf8'), 'data')
    const entrance = plainEntrance(`http://127.0.0.1:${Number(port)}`)
    const nobody = Array.from({ length: count }, () => ({ account: 0, key: 'none' }))
    await delay(SETTLES_MS)
    const before = await readResidentBytes(server.pid)
    const lines = await openStreams(entrance, nobody, { arrivals: new Map(), broken: 0 })
    await delay(SETTLES_MS)
    const after = await readResidentBytes(server.pid)
    for (const { line } of lines) line.close()
    return (after - before) / count / 1024
  } finally {
    server.kill()
  }
}

function byNumber(one: number, other: number): number {
  return one - other
}

/** Accounts with a session each, written past the server: registering ten thousand would measure password hashes. */
async function makeAccounts(): Promise<{ account: number; key: string }[]> {
  const db = openMysql(database.url)
  const now = Date.now()
  const accounts: { account: number; key: string }[] = []
  for (let made = 0; made < count; made += ROWS_AT_A_TIME) {
    const rows = Array.from({ length: Math.min(ROWS_AT_A_TIME, count - made) }, (_, index) => ({
      id: randomId(randomBytes),
      username: `reader${made + index}`,
      key: randomBytes(32).toString('base64url'),
    }))
    await db('accounts').insert(
      rows.map(({ id, username }) => ({ id, username, created_at: now, activated_at: now })),
    )
    await db('sessions').insert(
      rows.map(({ id, key }) => ({
        key_hash: createHash('sha256').update(key).digest(),
        account: id,
        aal: 2,
        authenticated_at: now,
        last_active_at: now,
        id: randomId(randomBytes),
        begun_at: now,
      })),
    )
    accounts.push(...rows.map(({ id, key }) => ({ account: id, key })))
  }
  await db.destroy()
  return accounts
}

interface Heard {
  /** By entry, when it came on each stream. */
  readonly arrivals: Map<string, number[]>
  /** Streams that ended by themselves. */
  broken: number
}

async function openStreams(
  entrance: Entrance,
  accounts: readonly { account: number; key: string }[],
  heard: Heard,
): Promise<Reader[]> {
  const opened: Reader[] = []
  for (let from = 0; from < accounts.length; from += OPENED_AT_A_TIME)
    opened.push(
      ...(await Promise.all(
        accounts
          .slice(from, from + OPENED_AT_A_TIME)
          .map((account, offset) => openStream(entrance, { ...account, index: from + offset }, heard)),
      )),
    )
  return opened
}

/** Opens a stream and notes when each entry comes; resolves when `hello` is there. Throws when it is refused. */
async function openStream(
  { open, sessionCookie }: Entrance,
  { account, key, index }: { account: number; key: string; index: number },
  heard: Heard,
): Promise<Reader> {
  const line = await open(index)
  const cookie = `${sessionCookie}=${key}`
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  const { status, body } = await line.send({ method: 'GET', path: '/api/stream', headers })
  if (status !== 200) throw new Error(`stream: ${status}`)
  await new Promise<void>((resolve) => {
    let text = ''
    body
      .setEncoding('utf8')
      .on('data', (part: string) => {
        text += part
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        const at = performance.now()
        for (const block of blocks) {
          if (block.includes('"type":"hello"')) resolve()
          for (const [, id] of block.matchAll(/"seq":[0-9]+,"id":"([^"]+)"/g))
            if (id !== undefined) heard.arrivals.set(id, [...(heard.arrivals.get(id) ?? []), at])
        }
      })
      .on('error', () => undefined)
      .once('close', () => (heard.broken += 1))
  })
  return { account, cookie, line }
}

/** As many entries a second as asked for, each by another account to its neighbour. */
async function sendAll(entrance: Entrance): Promise<{ sent: Map<string, number>; refused: number }> {
  const senders = await Promise.all(
    readers
      .slice(0, 2 * rate)
      .flatMap((reader, index) =>
        index % 2 === 0 ? [makeSender(entrance, reader, readers[index + 1])] : [],
      ),
  )
  const sent = new Map<string, number>()
  let refused = 0
  const running: Promise<void>[] = []
  const from = performance.now()
  for (let number = 0; number < rate * seconds; number++) {
    await delay(Math.max(0, from + (number * 1000) / rate - performance.now()))
    const sender = senders[number % senders.length]
    if (!sender) break
    const entry = message(sender.keys, Math.floor(number / senders.length) + 1, 256)
    sent.set(entry.id, performance.now())
    // One after the other for each sender, as an outbox does.
    sender.last = sendAfter(sender, entry).then((isStored) => void (refused += isStored ? 0 : 1))
    running.push(sender.last)
  }
  await Promise.all(running)
  return { sent, refused }
}

async function sendAfter({ last, visitor, contact }: Sender, entry: NewEntry): Promise<boolean> {
  await last
  const body = { entries: [entry] }
  const answer = await visitor.call('append', { at: { contact }, body }).catch(() => null)
  return answer?.refused === null
}

interface Sender {
  readonly visitor: LineVisitor
  readonly contact: number
  readonly keys: string
  /** Settles when its last entry was answered. */
  last: Promise<void>
}

async function makeSender(
  { origin }: Entrance,
  { cookie, line }: Reader,
  neighbour: Reader | undefined,
): Promise<Sender> {
  const visitor = new LineVisitor(origin, line)
  visitor.cookie = cookie
  await visitor.openSession()
  return { visitor, contact: neighbour?.account ?? 0, keys: newKeySet(), last: Promise.resolve() }
}

async function readMetric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  )
}

/** What nginx's processes have in memory together; 0 without nginx. */
async function readNginxBytes(): Promise<number> {
  if (!site) return 0
  const workers = await readFile(`/proc/${site.pid}/task/${site.pid}/children`, 'utf8')
  const sizes = await Promise.all([String(site.pid), ...workers.trim().split(' ')].map(readResidentBytes))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function readResidentBytes(pid: string | number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s*([0-9]+) kB/m.exec(status)?.[1]) * 1024
}

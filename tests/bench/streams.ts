/**
 * `npm run bench:streams -- --streams 10000 --rate 200 --seconds 30`: what one server process carries. Opens live streams,
 * one for each account, on MariaDB; then entries pass, each to the streams of both sides. Prints one line of JSON: memory for
 * each stream, how long an entry took from the request to the other side's stream, and what the event loop lagged.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openMysql } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import { message, type NewEntry, newKeySet } from '../contracts/entries.ts'
import { Visitor } from '../server/visitor.ts'
import { AppProcess } from '../support/app-process.ts'
import { startMariadb } from '../support/databases/mariadb.ts'
import { findFreePort } from '../support/free-port.ts'

const ROWS_AT_A_TIME = 1000
const OPENED_AT_A_TIME = 100
const SETTLES_MS = 3000

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
  },
})
const [count, rate, seconds] = [Number(values.streams), Number(values.rate), Number(values.seconds)]

interface Reader {
  readonly account: number
  readonly cookie: string
}

const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-bench-'))
const database = await startMariadb(path.join(folder, 'database'))
const metricsPort = await findFreePort()
const app = await AppProcess.start({
  dataDir: path.join(folder, 'data'),
  databaseUrl: database.url,
  environment: { METRICS_PORT: String(metricsPort), ENTRIES_PER_MINUTE: '1000000' },
})
try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`)
} finally {
  await app.kill()
  await database.kill()
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<Record<string, unknown>> {
  const readers = await makeReaders()
  const before = await readMetric('process_resident_memory_bytes')
  const arrivals = new Map<string, number[]>()
  const openedFrom = performance.now()
  for (let index = 0; index < readers.length; index += OPENED_AT_A_TIME)
    await Promise.all(
      readers.slice(index, index + OPENED_AT_A_TIME).map((reader) => openStream(reader, arrivals)),
    )
  const openMs = performance.now() - openedFrom
  await delay(SETTLES_MS)
  const after = await readMetric('process_resident_memory_bytes')
  const open = await readMetric('letterlock_streams')
  const { sent, refused } = await sendAll(readers)
  await delay(SETTLES_MS)
  const delays = [...sent]
    .flatMap(([id, at]) => (arrivals.get(id) ?? []).map((heard) => heard - at))
    .sort(byNumber)
  const at = (share: number) => Math.round(delays[Math.floor(delays.length * share)] ?? NaN)
  return {
    streams: open,
    openedPerSecond: Math.round(readers.length / (openMs / 1000)),
    kibPerStream: Math.round(((after - before) / open / 1024) * 10) / 10,
    entries: sent.size,
    refused,
    // Both sides hear of each.
    missing: 2 * sent.size - delays.length,
    msToStream: { median: at(0.5), p95: at(0.95), p99: at(0.99) },
    residentMib: Math.round((await readMetric('process_resident_memory_bytes')) / 2 ** 20),
    lagMs: Math.round((await readMetric('nodejs_eventloop_lag_p99_seconds')) * 1000),
    loadOfMachine: loadavg()[0],
  }
}

function byNumber(one: number, other: number): number {
  return one - other
}

/** Accounts with a session each, written past the server: registering ten thousand would measure password hashes. */
async function makeReaders(): Promise<Reader[]> {
  const db = openMysql(database.url)
  const now = Date.now()
  const readers: Reader[] = []
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
    readers.push(...rows.map(({ id, key }) => ({ account: id, cookie: `session=${key}` })))
  }
  await db.destroy()
  return readers
}

/** Opens a stream and notes when each entry comes; resolves when `hello` is there. */
function openStream({ cookie }: Reader, arrivals: Map<string, number[]>): Promise<void> {
  return new Promise((resolve, reject) => {
    const url = `${app.origin}/api/stream`
    const request = get(url, { agent: new Agent(), headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    request.once('error', reject)
    request.once('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`stream: ${response.statusCode}`))
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        const heard = performance.now()
        for (const block of blocks) {
          if (block.includes('"type":"hello"')) resolve()
          for (const [, id] of block.matchAll(/"seq":[0-9]+,"id":"([^"]+)"/g))
            if (id !== undefined) arrivals.set(id, [...(arrivals.get(id) ?? []), heard])
        }
      })
      response.once('error', () => undefined)
    })
  })
}

/** As many entries a second as asked for, each by another account to its neighbour. */
async function sendAll(readers: readonly Reader[]): Promise<{ sent: Map<string, number>; refused: number }> {
  const senders = await Promise.all(
    readers
      .slice(0, 2 * rate)
      .flatMap((reader, index) => (index % 2 === 0 ? [makeSender(reader, readers[index + 1])] : [])),
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
  readonly visitor: Visitor
  readonly contact: number
  readonly keys: string
  /** Settles when its last entry was answered. */
  last: Promise<void>
}

async function makeSender(reader: Reader, neighbour: Reader | undefined): Promise<Sender> {
  const visitor = new Visitor(app.origin, Date.now)
  visitor.cookie = reader.cookie
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

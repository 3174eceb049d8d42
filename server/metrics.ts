/** What the server counts and measures of itself, for Prometheus. No label says who: no name, no id, no address. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { PasswordHasher } from './accounts/password-hash.ts'
import type { Database } from './database.ts'
import type { Bus } from './live/bus.ts'
import type { Hub } from './live/hub.ts'

export interface AnsweredRequest {
  readonly method: string
  /** The route's pattern. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export interface Metrics {
  readonly contentType: string
  noteRequest(request: AnsweredRequest): void
  /** Entries of one append that stand in the log, also those that stood there before. */
  noteEntries(count: number): void
  /** A page of the log was read there. */
  noteLogRead(from: 'primary' | 'replica'): void
  /** In Prometheus' text format. */
  render(): Promise<string>
}

interface Measured {
  readonly db: Database
  readonly bus: Bus
  readonly hub: Hub
  readonly hasher: PasswordHasher
}

/** From an answer of the memory to one that waited for a password hash behind twenty others. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics(measured: Measured): Metrics {
  const registry = new Registry()
  const registers = [registry]
  // Memory, CPU, garbage collection and the lag of the event loop.
  collectDefaultMetrics({ register: registry })
  const labelNames = ['method', 'route', 'status'] as const
  const requests = new Counter({
    name: 'letterlock_requests_total',
    help: 'Requests answered, by route and class of status.',
    labelNames,
    registers,
  })
  const durations = new Histogram({
    name: 'letterlock_request_seconds',
    help: 'How long requests took; of live streams, how long it took to open them.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers,
  })
  const entries = new Counter({
    name: 'letterlock_entries_total',
    help: 'Entries acknowledged, also those that were sent again.',
    registers,
  })
  const logReads = new Counter({
    name: 'letterlock_log_reads_total',
    help: 'Pages of the log that were read, by where.',
    labelNames: ['from'],
    registers,
  })
  for (const [name, { help, read }] of Object.entries(gaugesOf(measured))) {
    const gauge: Gauge = new Gauge({
      name: `letterlock_${name}`,
      help,
      registers,
      collect: () => gauge.set(read()),
    })
  }
  return {
    contentType: registry.contentType,
    noteRequest({ method, route, status, seconds }) {
      requests.inc({ method, route, status: `${Math.floor(status / 100)}xx` })
      durations.observe({ method, route }, seconds)
    },
    noteEntries: (count) => entries.inc(count),
    noteLogRead: (from) => logReads.inc({ from }),
    render: () => registry.metrics(),
  }
}

interface Reading {
  readonly help: string
  readonly read: () => number
}

function gaugesOf({ db, bus, hub, hasher }: Measured): Readonly<Record<string, Reading>> {
  const pool = () => readPool(db)
  return {
    streams: { help: 'Live streams open at this server.', read: () => hub.listSessions().length },
    hashes_running: { help: 'Password hashes being computed.', read: () => hasher.load().running },
    hashes_waiting: { help: 'Password hashes in line.', read: () => hasher.load().waiting },
    database_connections_used: { help: 'Connections of the pool in use.', read: () => pool().numUsed() },
    database_connections_free: { help: 'Open connections not in use.', read: () => pool().numFree() },
    database_connections_awaited: {
      help: 'Queries that wait for a connection.',
      read: () => pool().numPendingAcquires(),
    },
    bus_whole: {
      help: '1 while news reach every server at once, 0 while they wait for the slow poll.',
      read: () => Number(bus.isWhole()),
    },
  }
}

interface Pool {
  numUsed(): number
  numFree(): number
  numPendingAcquires(): number
}

/** knex has its pool, tarn, at a place that its types do not describe. */
const readPool = (db: Database): Pool => db.client.pool

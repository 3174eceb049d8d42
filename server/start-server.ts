/** Brings a server up in order and takes it down in order. */
import { randomBytes as systemRandomBytes } from 'node:crypto'
import { access, mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createBreachCheck } from './accounts/breached-passwords.ts'
import { BCRYPT_COST, createPasswordHasher } from './accounts/password-hash.ts'
import { buildApp } from './app.ts'
import { awaitMigrations } from './await-migrations.ts'
import { beatOnce, startChores } from './chores.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase, openReplica } from './database.ts'
import type { Deps, Log } from './deps.ts'
import { lockFolder } from './folder-lock.ts'
import { listen } from './listen.ts'
import { createLogSource } from './log-source.ts'
import { type Bus, createLocalBus } from './live/bus.ts'
import { createHub } from './live/hub.ts'
import { createPresence } from './live/presence.ts'
import { createRedisBus } from './live/redis-bus.ts'
import { createMetrics } from './metrics.ts'
import { withRequestId } from './middleware/request-id.ts'
import { migrateWith } from './migrate.ts'
import { type RandomBytes, randomId } from './random-id.ts'
import { waitForDatabase } from './wait-for-database.ts'
import { serveMetrics } from './serve-metrics.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { hasAccounts } from './stores/accounts.ts'
import { listKeysInUse } from './stores/authenticators.ts'
import { forgetServers } from './stores/presences.ts'

export interface StartOptions {
  readonly config: Config
  readonly log: Log
  readonly clock?: () => number
  /** The operating system's unless a caller needs another. */
  readonly randomBytes?: RandomBytes
  /** Never below the product's own outside of tests. */
  readonly bcryptCost?: number
  /** The folder with the built app. */
  readonly appFolder?: string
}

export interface RunningServer {
  readonly deps: Deps
  /** Ends the streams, so that browsers come back elsewhere; finishes within 10 s what has begun; closes the database. */
  stop(): Promise<void>
}

const APP_FOLDER = fileURLToPath(new URL('../dist/', import.meta.url))
/** When the server stops, what has begun to be answered has this long. */
const LAST_ANSWERS_MS = 10_000
const IDLE_CLOSED_EVERY_MS = 100
const LEAVES_WITHIN_MS = 1000
/** A request has this long to arrive, so that slow senders cannot hold connections for ever. */
const ARRIVAL = { headersTimeout: 10_000, requestTimeout: 120_000, connectionsCheckingInterval: 5000 }

/** Serves when it returns. Throws an error whose message is for people when something is missing. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { config, log } = options
  const appFolder = options.appFolder ?? APP_FOLDER
  await requireApp(appFolder)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const unlock = config.databaseUrl === null ? lockFolder(config.dataDir) : () => undefined
  const db = openDatabase(config)
  const replicas = config.replicaUrls.map(openReplica)
  const closers: (() => unknown)[] = [
    unlock,
    ...[db, ...replicas].map((database) => () => database.destroy()),
  ]
  const close = async (): Promise<void> => {
    for (const closeOne of closers.toReversed()) await closeOne()
  }
  try {
    if (config.mayMigrate) {
      await waitForDatabase(db, log)
      await migrateWith(config.migrateDatabaseUrl, db)
    } else await awaitMigrations(db, log)
    const deps = await makeDeps(options, { db, replicas }, appFolder)
    closers.push(deps.bus.close)
    if (config.databaseUrl !== null && config.migrateDatabaseUrl === null && config.mayMigrate)
      log({
        event: 'one_role',
        advice:
          'DATABASE_URL may change the schema: set MIGRATE_DATABASE_URL, so that this role cannot TRUNCATE the log.',
      })
    // Nobody is left of servers that used this file before; those of other databases may live.
    if (config.databaseUrl === null) await forgetServers(db, Number.MAX_SAFE_INTEGER)
    await beatOnce(deps)
    const answer = buildApp(deps).callback()
    closers.push(await serveMetrics(config, deps.metrics))
    const server = await listen(
      // Koa's promise never rejects: its own error handler is the last to answer.
      createServer(ARRIVAL, (request, response) => void answer(request, response)),
      { ...config, variable: 'PORT' },
    )
    const chores = startChores(deps)
    return { deps, stop: () => stop({ server, deps, chores, close }) }
  } catch (error) {
    await close()
    throw error
  }
}

async function requireApp(appFolder: string): Promise<void> {
  try {
    await access(path.join(appFolder, 'index.html'))
  } catch {
    throw new Error(
      `The app has not been built: ${appFolder} has no index.html. Run "npm run build", or "npm start".`,
    )
  }
}

async function makeDeps(
  options: StartOptions,
  { db, replicas }: { db: Database; replicas: readonly Database[] },
  appFolder: string,
): Promise<Deps> {
  const { config, clock = Date.now, randomBytes = systemRandomBytes, bcryptCost = BCRYPT_COST } = options
  const log = withRequestId(options.log)
  const secrets = await openSecrets(path.join(config.dataDir, 'secrets'), {
    mayMake: !(await hasAccounts(db)),
  })
  await requireKeys(db, secrets)
  const hasher = createPasswordHasher({ pepper: secrets.passwordPepper, randomBytes, bcryptCost })
  const breaches = createBreachCheck({
    baseUrl: config.breachListUrl,
    onUnavailable: () => log({ event: 'breach_check_unavailable' }),
  })
  const bus = openBus(options)
  const hub = createHub(bus)
  const presence = createPresence({ db, bus, hub, clock, server: randomId(randomBytes) })
  const parts = {
    config,
    db,
    secrets,
    hasher,
    breaches,
    randomBytes,
    clock,
    bus,
    hub,
    presence,
    log,
    appFolder,
  }
  const metrics = createMetrics(parts)
  const logSource = createLogSource({ primary: db, replicas, metrics, uptime: () => performance.now() })
  return { ...parts, metrics, logSource }
}

function openBus({ config, log, randomBytes = systemRandomBytes }: StartOptions): Bus {
  const url = config.redisUrl
  if (url === null) return createLocalBus()
  const name = String(randomId(randomBytes))
  return createRedisBus({ url, log, name, uptime: () => performance.now() })
}

/** Throws when a key is gone that rows were made with: better now than at somebody's login. */
async function requireKeys(db: Database, secrets: Secrets): Promise<void> {
  const inUse = await listKeysInUse(db)
  for (const purpose of ['passwordPepper', 'lookupPepper', 'totpEncryption'] as const)
    for (const id of inUse[purpose]) secrets[purpose].find(id)
}

interface Parts {
  readonly server: Server
  readonly deps: Deps
  /** Ends what the server does without being asked. */
  readonly chores: () => void
  /** Closes what no request needs any more: bus, metrics, database. */
  readonly close: () => Promise<void>
}

async function stop({ server, deps, chores, close }: Parts): Promise<void> {
  chores()
  const isClosed = new Promise((resolve) => server.close(resolve))
  const leave = deps.presence.leave().catch(() => deps.log({ event: 'presence_untold' }))
  // A database that hangs must not keep the server: its people are forgotten by themselves.
  const left = Promise.race([leave, delay(LEAVES_WITHIN_MS, null, { ref: false })])
  deps.hub.close()
  const impatience = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS)
  // A connection whose last answer has just been sent is kept open for a next request, which may not come.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_CLOSED_EVERY_MS)
  await isClosed
  clearTimeout(impatience)
  clearInterval(sweep)
  await left
  await close()
}

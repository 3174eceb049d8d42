/** A server that listens, in this process, on a folder of its own, with a clock that a test moves. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Environment, readConfig } from '../../server/config.ts'
import type { Deps } from '../../server/deps.ts'
import type { RandomBytes } from '../../server/random-id.ts'
import { type RunningServer, startServer } from '../../server/start-server.ts'
import { findFreePort } from '../support/free-port.ts'
import { CHEAP_WORK } from '../support/solve-captcha.ts'
import { Visitor } from './visitor.ts'

export interface TestServer {
  readonly origin: string
  readonly port: number
  readonly deps: Deps
  /** What the server wrote to its log. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  /** The server's time: a millisecond more with each reading, and what the test has moved it by. */
  now(): number
  moveClock(byMs: number): void
  visit(): Visitor
  /** How many rows each table has. */
  countRows(): Promise<Record<string, number>>
  /** Stops the server and starts it again on the same folder. */
  restart(options?: Pick<TestOptions, 'bcryptCost'>): Promise<void>
  /** Removes a file of the keys. */
  forgetKey(name: string): Promise<void>
  remove(): Promise<void>
}

/** How long an authenticator shows a code. */
const STEP_MS = 30_000

/** Enough for tests that are not about how hard a password is to guess. */
const CHEAP_BCRYPT_COST = 4

interface TestOptions {
  readonly bcryptCost?: number
  readonly environment?: Environment
  readonly randomBytes?: RandomBytes
}

export async function startTestServer(options: TestOptions = {}): Promise<TestServer> {
  const { bcryptCost = CHEAP_BCRYPT_COST, environment, randomBytes } = options
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-server-'))
  const appFolder = await writeApp(folder)
  const port = await findFreePort()
  const config = readConfig({
    PORT: String(port),
    DATA_DIR: path.join(folder, 'data'),
    HIBP_URL: 'off',
    ...CHEAP_WORK,
    // All visitors come from one address.
    CAPTCHA_AFTER_FAILURES: '1000000',
    ...environment,
  })
  const lines: Readonly<Record<string, unknown>>[] = []
  // From the beginning of a step of one-time codes: no test falls into two of them because the machine was slow.
  let nowMs = Date.now() - (Date.now() % STEP_MS)
  const now = () => (nowMs += 1)
  const start = (cost: number) =>
    startServer({
      config,
      log: (line) => lines.push(line),
      clock: now,
      bcryptCost: cost,
      appFolder,
      ...(randomBytes ? { randomBytes } : {}),
    })
  let server: RunningServer | null = await start(bcryptCost)
  let { deps } = server
  const stop = async () => {
    await server?.stop()
    server = null
  }
  return {
    origin: config.publicOrigin,
    port,
    get deps() {
      return deps
    },
    lines,
    now,
    moveClock: (byMs) => {
      nowMs += byMs
    },
    visit: () => new Visitor(config.publicOrigin, now),
    countRows: () => countRows(deps),
    restart: async (changed = {}) => {
      await stop()
      server = await start(changed.bcryptCost ?? bcryptCost)
      deps = server.deps
    },
    forgetKey: (name) => rm(path.join(config.dataDir, 'secrets', name)),
    remove: async () => {
      await stop()
      await rm(folder, { recursive: true })
    },
  }
}

async function writeApp(folder: string): Promise<string> {
  const appFolder = path.join(folder, 'dist')
  await mkdir(path.join(appFolder, 'assets'), { recursive: true })
  await writeFile(path.join(appFolder, 'index.html'), '<!doctype html><title>The app</title>')
  await writeFile(path.join(appFolder, 'sw.js'), '// the worker')
  await writeFile(path.join(appFolder, 'manifest.webmanifest'), '{}')
  await writeFile(path.join(appFolder, 'assets', 'main-abc123.js'), '// the page')
  return appFolder
}

async function countRows({ db }: Deps): Promise<Record<string, number>> {
  const tables = await db('sqlite_master').where({ type: 'table' }).select<{ name: string }[]>('name')
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const [row] = await db(name).count<{ rows: number }[]>({ rows: '*' })
    counts[name] = row?.rows ?? 0
  }
  return counts
}

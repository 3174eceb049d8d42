/** What a MariaDB and a MySQL of a test run have in common: an own folder, an own port on loopback, an orderly end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { findFreePort } from '../free-port.ts'

const READY_WITHIN_MS = 60_000
const STOPPED_WITHIN_MS = 20_000

export interface DatabaseServer {
  /** A role that may create databases and roles. */
  readonly adminUrl: string
  /** A role with all rights on one empty database. */
  readonly url: string
  /** Ends it in order (SIGTERM). */
  stop(): Promise<void>
  /** Ends it without warning (SIGKILL). */
  kill(): Promise<void>
  /** Connections stay, and nobody answers on them until `resume`. */
  pause(): void
  resume(): void
  /** Starts it again on the same port and data, after `stop` or `kill`; waits until it answers. */
  start(): Promise<void>
}

/** Where a server keeps its files, and its port. */
export interface ServerPlace {
  readonly folder: string
  readonly port: number
  /** Options that both servers understand. */
  readonly options: readonly string[]
}

/** An empty folder for a server that begins with nothing. Removes what an earlier run left there. */
export async function prepareServer(folder: string): Promise<ServerPlace> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(path.join(folder, 'temporary'), { recursive: true })
  const port = await findFreePort()
  const options = [
    `--user=${userInfo().username}`,
    `--datadir=${path.join(folder, 'data')}`,
    `--tmpdir=${path.join(folder, 'temporary')}`,
    `--socket=${path.join('/tmp', `letterlock-test-${port}.sock`)}`,
    `--pid-file=${path.join(folder, 'server.pid')}`,
    `--log-error=${path.join(folder, 'server.log')}`,
    `--init-file=${path.join(folder, 'init.sql')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-flush-log-at-trx-commit=1',
    '--performance-schema=OFF',
  ]
  return { folder, port, options }
}

/** Starts a server that `prepareServer` prepared and that has its system tables; waits until it answers. */
export async function startServer(place: ServerPlace, command: readonly string[]): Promise<DatabaseServer> {
  const password = randomBytes(16).toString('hex')
  await writeFile(path.join(place.folder, 'init.sql'), initialStatements(password), { mode: 0o600 })
  const address = (role: string, database: string): string =>
    `mysql://${role}:${password}@127.0.0.1:${place.port}/${database}`
  const adminUrl = address('admin', '')
  const run = async (options: readonly string[]): Promise<ChildProcess> => {
    // The server ends with this process, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command, ...options], { stdio: 'ignore' })
    await waitUntilReady(place, child, adminUrl)
    return child
  }
  let child = await run(place.options)
  return {
    adminUrl,
    url: address('letterlock', 'letterlock'),
    stop: () => endServer(child, 'SIGTERM'),
    kill: () => endServer(child, 'SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async start() {
      // What the first start made is there.
      child = await run(place.options.filter((option) => !option.startsWith('--init-file=')))
    },
  }
}

/** One statement a line: so wants it the server that reads them at its start. */
function initialStatements(password: string): string {
  return [
    `CREATE DATABASE letterlock;`,
    `CREATE USER 'admin'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO 'admin'@'127.0.0.1' WITH GRANT OPTION;`,
    `CREATE USER 'letterlock'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON letterlock.* TO 'letterlock'@'127.0.0.1';`,
    '',
  ].join('\n')
}

async function waitUntilReady(place: ServerPlace, child: ChildProcess, adminUrl: string): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadlineMs && child.exitCode === null) {
    try {
      const connection = await createConnection(adminUrl)
      return await connection.end()
    } catch {
      await delay(100)
    }
  }
  const log = await readFile(path.join(place.folder, 'server.log'), 'utf8').catch(() => '')
  throw new Error(`a database server did not start\n${log.split('\n').slice(-20).join('\n')}`)
}

async function endServer(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOPPED_WITHIN_MS) })
  child.kill(signal)
  await ended.catch(() => child.kill('SIGKILL'))
}

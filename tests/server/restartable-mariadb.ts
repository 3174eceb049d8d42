/** A MariaDB that a test can take away and bring back with its data, on the same port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { startMariadb } from '../support/databases/mariadb.ts'

const READY_WITHIN_MS = 30_000

export interface RestartableMariadb {
  readonly url: string
  stop(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

export async function startRestartableMariadb(): Promise<RestartableMariadb> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-mariadb-'))
  const first = await startMariadb(folder)
  let again: ChildProcess | null = null
  const stop = async (): Promise<void> => {
    await first.stop()
    if (again === null || again.exitCode !== null) return
    const ended = once(again, 'exit')
    again.kill('SIGTERM')
    await ended
  }
  return {
    url: first.url,
    stop,
    async start() {
      again = spawn('setpriv', ['--pdeathsig', 'TERM', 'mariadbd', ...optionsOf(folder, first.url)], {
        stdio: 'ignore',
      })
      await waitUntilReady(first.url)
    },
    async remove() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function optionsOf(folder: string, url: string): string[] {
  const { port } = new URL(url)
  return [
    '--no-defaults',
    `--user=${userInfo().username}`,
    `--datadir=${path.join(folder, 'data')}`,
    `--socket=${path.join(tmpdir(), `letterlock-again-${port}.sock`)}`,
    `--pid-file=${path.join(folder, 'again.pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
  ]
}

async function waitUntilReady(url: string): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS
  for (;;) {
    try {
      const connection = await createConnection(url)
      return await connection.end()
    } catch (error) {
      if (Date.now() > deadlineMs) throw error
      await delay(100)
    }
  }
}

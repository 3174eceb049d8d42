/** The database is lost, and put back from a dump into an empty server of its kind: what the browsers make of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { checkLog } from '../../server/commands/check-log.ts'
import { readConfig } from '../../server/config.ts'
import { type RunningServer, startServer } from '../../server/start-server.ts'
import { PROJECT } from '../support/app-process.ts'
import { startMariadb } from '../support/databases/mariadb.ts'
import { mysqlCommand, startMysql } from '../support/databases/mysql.ts'
import type { DatabaseServer } from '../support/databases/server-process.ts'
import { findFreePort } from '../support/free-port.ts'
import { CHEAP_WORK } from '../support/solve-captcha.ts'
import { enrol, readLines, write, type Person } from './person.ts'
import { closeBrowsers } from './two-people.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })
const ARRIVES_WITHIN_MS = 30_000
const MYSQL_CACHE = path.join(PROJECT, '.build/mysql')

/** A database with the commands by which its operator dumps it, reads its binary log, and talks to it. */
interface Engine {
  readonly name: string
  readonly start: (folder: string, options?: readonly string[]) => Promise<DatabaseServer>
  readonly dump: () => Promise<readonly string[]>
  readonly readBinaryLog: () => Promise<readonly string[]>
  readonly client: () => Promise<readonly string[]>
}

const ENGINES: readonly Engine[] = [
  {
    name: 'MariaDB',
    start: startMariadb,
    dump: async () => ['mariadb-dump', '--no-defaults', '--master-data=2'],
    readBinaryLog: async () => ['mariadb-binlog', '--no-defaults'],
    client: async () => ['mariadb', '--no-defaults'],
  },
  {
    name: 'MySQL',
    start: (at, options) => startMysql(at, MYSQL_CACHE, options),
    dump: async () => [
      ...(await mysqlCommand(MYSQL_CACHE, 'mysqldump')),
      '--source-data=2',
      '--set-gtid-purged=OFF',
    ],
    readBinaryLog: () => mysqlCommand(MYSQL_CACHE, 'mysqlbinlog'),
    client: () => mysqlCommand(MYSQL_CACHE, 'mysql'),
  },
]

describe.each(ENGINES)('on $name', (engine) => {
  let folder: string
  let first: DatabaseServer
  /** The empty server that takes its place. */
  let second: DatabaseServer
  let running: RunningServer
  let port: number
  let anna: Person
  let ben: Person
  let tabs: readonly [AccountDoor, AccountDoor]

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-restore-'))
    await writeFile(path.join(folder, 'index.html'), '<!doctype html>')
    first = await engine.start(path.join(folder, 'first'), [
      `--log-bin=${path.join(folder, 'binlog')}`,
      '--log-bin-trust-function-creators=1',
    ])
    second = await engine.start(path.join(folder, 'second'))
    port = await findFreePort()
    running = await serve(first)
    const origin = `http://localhost:${port}`
    anna = await enrol(origin)
    ben = await enrol(origin)
    tabs = [await anna.browser.openTab(anna.account), await ben.browser.openTab(ben.account)]
  })
  afterAll(async () => {
    closeBrowsers(anna, ben)
    await running?.stop()
    await Promise.all([first?.stop(), second?.stop()])
    await rm(folder, { recursive: true, force: true })
  })

  function serve(database: DatabaseServer): Promise<RunningServer> {
    const config = readConfig({
      PORT: String(port),
      DATA_DIR: path.join(folder, 'data'),
      DATABASE_URL: database.url,
      HIBP_URL: 'off',
      ...CHEAP_WORK,
    })
    return startServer({ config, log: () => undefined, bcryptCost: 4, appFolder: folder })
  }

  /** One of the database's programs, as the operator runs it; `from` and `to` are files. */
  async function run(
    [program = '', ...args]: readonly string[],
    { at, from, to }: { at?: DatabaseServer; from?: string; to?: string },
  ): Promise<void> {
    const url = at && new URL(at.adminUrl)
    const address = url ? [`--host=${url.hostname}`, `--port=${url.port}`, `--user=${url.username}`] : []
    const child = spawn(program, [...args, ...address], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...(url && { MYSQL_PWD: decodeURIComponent(url.password) }) },
    })
    const ended = once(child, 'close')
    if (to === undefined) child.stdout.resume()
    else await pipeline(child.stdout, createWriteStream(to))
    if (from === undefined) child.stdin.end()
    else await pipeline(createReadStream(from), child.stdin)
    const [code] = (await ended) as [number | null] // what the event gives first
    if (code !== 0) throw new Error(`${program} ended with ${code}`)
  }

  /** Into the empty server. */
  const restore = async (file: string, ...database: string[]): Promise<void> =>
    run([...(await engine.client()), ...database], { at: second, from: file })

  /** Both write, and both have read it. */
  async function talk(word: string): Promise<void> {
    await write(tabs[0], ben.account, `anna ${word}`)
    await write(tabs[1], anna.account, `ben ${word}`)
    for (const [tab, other, mine, theirs] of [
      [tabs[0], ben, 'anna', 'ben'],
      [tabs[1], anna, 'ben', 'anna'],
    ] as const)
      await vi.waitFor(
        async () =>
          expect(await readLines(tab, other.account)).toEqual(
            expect.arrayContaining([`me: ${mine} ${word} (delivered)`, `them: ${theirs} ${word}`]),
          ),
        { timeout: ARRIVES_WITHIN_MS, interval: 100 },
      )
  }

  /** Without how far they have come: the restored log knows less of that, too. */
  const texts = async (tab: AccountDoor, contact: Person): Promise<string[]> =>
    (await readLines(tab, contact.account))
      .filter((line) => /^(me|them): /.test(line))
      .map((line) => line.replace(/ \((sent|delivered)\)$/, ''))

  test('a dump with the binary log after it brings everything back, and people go on', async () => {
    await talk('one')
    const dump = path.join(folder, 'dump.sql')
    const options = ['--single-transaction', '--triggers', 'letterlock']
    await run([...(await engine.dump()), ...options], { at: first, to: dump })
    await talk('two')
    await running.stop()
    const position = /_LOG_FILE='(.+)', \w+_LOG_POS=([0-9]+)/.exec(await readFile(dump, 'utf8'))
    const since = path.join(folder, 'since.sql')
    const log = path.join(folder, `${position?.[1]}`)
    const from = [`--start-position=${position?.[2]}`, '--database=letterlock', log]
    await run([...(await engine.readBinaryLog()), ...from], { to: since })
    await first.stop()

    await restore(dump, 'letterlock')
    await restore(since, 'letterlock')
    running = await serve(second)
    await talk('three')
    expect((await checkLog(running.deps.db)).faults).toEqual([])
    for (const [tab, contact] of [
      [tabs[0], ben],
      [tabs[1], anna],
    ] as const) {
      const lines = await texts(tab, contact)
      expect(lines).toHaveLength(6)
      expect(new Set(lines).size).toBe(6)
      expect(await readLines(tab, contact.account)).not.toContain('log-differs')
    }
  })

  test('browsers that have more than the log that was restored say so, and lose nothing', async () => {
    const before = [await texts(tabs[0], ben), await texts(tabs[1], anna)]
    await running.stop()
    const wiped = path.join(folder, 'wipe.sql')
    await writeFile(wiped, 'drop database letterlock; create database letterlock;')
    await restore(wiped)
    await restore(path.join(folder, 'dump.sql'), 'letterlock')
    running = await serve(second)
    for (const { browser } of [anna, ben]) browser.wake()
    for (const [index, tab, contact] of [
      [0, tabs[0], ben],
      [1, tabs[1], anna],
    ] as const) {
      await vi.waitFor(async () => expect(await readLines(tab, contact.account)).toContain('log-differs'), {
        timeout: ARRIVES_WITHIN_MS,
        interval: 100,
      })
      expect(await texts(tab, contact)).toEqual(before[index])
    }
  })
})

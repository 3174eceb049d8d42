/** The real server in a process of its own, as `npm start` runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findFreePort } from './free-port.ts'
import { CHEAP_WORK } from './solve-captcha.ts'

/** The sources and the built app that these tests are of. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const READY_WITHIN_MS = 30_000
const STOPPED_WITHIN_MS = 15_000

export interface AppOptions {
  /** Where secrets and the SQLite database are; a fresh folder, removed by `remove`, when it is left out. */
  readonly dataDir?: string
  readonly port?: number
  /** Folder of the sources and the built app; this project's own when it is left out. */
  readonly project?: string
  /** MySQL or MariaDB; SQLite in the data folder when it is left out. */
  readonly databaseUrl?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Runs the server under libfaketime, so that `moveClock` works. */
  readonly hasMovableClock?: boolean
}

export class AppProcess {
  readonly origin: string
  readonly port: number
  readonly dataDir: string
  readonly #clockFile: string | null
  readonly #environment: NodeJS.ProcessEnv
  readonly #isFolderOurs: boolean
  #project: string
  #child: ChildProcess | null = null
  #output = ''

  /** Starts a server and waits until it answers. Throws with its output when it does not. */
  static async start(options: AppOptions = {}): Promise<AppProcess> {
    const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'letterlock-app-')))
    const app = new AppProcess(options, dataDir, options.port ?? (await findFreePort()))
    await app.restart()
    return app
  }

  private constructor(options: AppOptions, dataDir: string, port: number) {
    this.port = port
    this.origin = `http://localhost:${port}`
    this.dataDir = dataDir
    this.#project = options.project ?? PROJECT
    this.#isFolderOurs = options.dataDir === undefined
    this.#clockFile = options.hasMovableClock ? path.join(dataDir, 'clock') : null
    this.#environment = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: String(port),
      DATA_DIR: dataDir,
      // Tests reach no other machine.
      HIBP_URL: 'off',
      ...CHEAP_WORK,
      ...(options.databaseUrl ? { DATABASE_URL: options.databaseUrl } : {}),
      ...(this.#clockFile ? clockEnvironment(this.#clockFile) : {}),
      ...options.environment,
    }
  }

  /** All that the server has written so far, over all its starts: standard output and standard error. */
  get output(): string {
    return this.#output
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts the server on its port and folder again, after an orderly stop where it still runs. */
  async restart(): Promise<void> {
    await this.stop()
    if (this.#clockFile && !existsSync(this.#clockFile)) await writeFile(this.#clockFile, '+0')
    // The server ends with the test, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', process.execPath, 'server/main.ts'], {
      cwd: this.#project,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const collect = (text: string): void => {
      this.#output += text
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    await this.#waitUntilReady(child)
  }

  /** Goes on with the sources and the built app in another folder, on the same port and data. */
  async deploy(project: string): Promise<void> {
    await this.stop()
    this.#project = project
    await this.restart()
  }

  /** Ends the server in order (SIGTERM). Throws when it does not end in time. */
  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#child = null
    if (hasEnded(child)) return
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOPPED_WITHIN_MS) })
    child.kill('SIGTERM')
    await ended.catch((error: unknown) => {
      child.kill('SIGKILL')
      throw new Error(`the server did not end on SIGTERM\n${this.#output}`, { cause: error })
    })
  }

  /** Ends the server without warning (SIGKILL). */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || hasEnded(child)) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Stops the server and removes its folder, unless the folder was given. */
  async remove(): Promise<void> {
    await this.stop()
    if (this.#isFolderOurs) await rm(this.dataDir, { recursive: true, force: true })
  }

  /** Moves the server's clock to this far from the real one; timers keep running as they were. */
  async moveClock(offsetSeconds: number): Promise<void> {
    if (!this.#clockFile) throw new Error('this server runs on the real clock')
    await writeFile(this.#clockFile, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}s`)
  }

  /** Stops the server's clock within the second that holds `atMs`; timers keep running as they were. */
  async stopClock(atMs: number): Promise<void> {
    if (!this.#clockFile) throw new Error('this server runs on the real clock')
    const local = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000)
    await writeFile(this.#clockFile, local.toISOString().slice(0, 19).replace('T', ' '))
  }

  async #waitUntilReady(child: ChildProcess): Promise<void> {
    const deadlineMs = Date.now() + READY_WITHIN_MS
    while (Date.now() < deadlineMs) {
      if (hasEnded(child)) throw new Error(`the server ended at its start\n${this.#output}`)
      const answer = await fetch(`${this.origin}/api/health`).catch(() => null)
      await answer?.body?.cancel()
      if (answer?.ok) return
      await delay(50)
    }
    throw new Error(`the server does not answer at ${this.origin}\n${this.#output}`)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function clockEnvironment(file: string): NodeJS.ProcessEnv {
  return {
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}

/** Chromium with profiles on disk, as people have it: what is stored outlives the browser. */
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const POLICY_VIOLATION = /^policy violation: |Content Security Policy|requires 'Trusted/

export interface ProfileOptions {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  readonly flags?: readonly string[]
  readonly locale?: string
  readonly timeZone?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** One person's browser: a profile folder, which can be opened, closed, killed and opened again. */
export class BrowserProfile {
  readonly folder: string
  /** What pages wrote to the console, a line each, over all openings; violations of the content policy among it. */
  readonly consoleLines: string[] = []
  /** Exceptions that no script caught, over all openings. */
  readonly pageErrors: string[] = []
  readonly #options: ProfileOptions
  #context: BrowserContext | null = null

  constructor(folder: string, options: ProfileOptions = {}) {
    this.folder = path.resolve(folder)
    this.#options = options
  }

  /** What was tried against the content policy, in the words of the page and of the browser. */
  get policyViolations(): readonly string[] {
    return this.consoleLines.filter((line) => POLICY_VIOLATION.test(line))
  }

  /** The open browser. Throws when it is closed. */
  get context(): BrowserContext {
    if (!this.#context) throw new Error(`the browser of ${this.folder} is closed`)
    return this.#context
  }

  async open(): Promise<BrowserContext> {
    const { viewport = { width: 1280, height: 800 }, colorScheme = 'light' } = this.#options
    const context = await chromium.launchPersistentContext(this.folder, {
      executablePath: EXECUTABLE,
      headless: true,
      args: [...FLAGS, ...(this.#options.flags ?? [])],
      viewport,
      colorScheme,
      ...(this.#options.locale ? { locale: this.#options.locale } : {}),
      ...(this.#options.timeZone ? { timezoneId: this.#options.timeZone } : {}),
      ...(this.#options.environment ? { env: { ...process.env, ...this.#options.environment } } : {}),
    })
    await context.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (event) =>
        // oxlint-disable-next-line no-console -- the console is the way out of the page
        console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`),
      ),
    )
    context.on('console', (message) => this.consoleLines.push(message.text()))
    context.on('weberror', (error) => this.pageErrors.push(String(error.error())))
    this.#context = context
    return context
  }

  /** Opens a page in a new tab. */
  async openPage(address: string): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(address)
    return page
  }

  /** Closes the browser as a person does. */
  async close(): Promise<void> {
    const context = this.#context
    this.#context = null
    await context?.close()
  }

  /** Ends all processes of this browser with SIGKILL, as a crash or a power cut would. */
  async kill(): Promise<void> {
    const context = this.#context
    this.#context = null
    await killProcessesOf(this.folder)
    // Its far end is dead: this only tells the driver.
    await context?.close().catch(() => {})
    for (const lock of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
      await rm(path.join(this.folder, lock), { force: true })
    }
  }
}

/** Kills the browser process of the profile and, because they outlive it for moments, all its children. */
async function killProcessesOf(folder: string): Promise<void> {
  const deadlineMs = Date.now() + 10_000
  while (Date.now() < deadlineMs) {
    const pids = await findProcessTree(`--user-data-dir=${folder}`)
    if (pids.length === 0) return
    for (const pid of pids) sendKill(pid)
    await delay(20)
  }
  throw new Error(`processes of ${folder} do not end`)
}

async function findProcessTree(argument: string): Promise<number[]> {
  const processes = await listProcesses()
  const found = new Set(processes.filter(({ args }) => args.includes(argument)).map(({ pid }) => pid))
  // Parents mostly have smaller numbers, but numbers wrap: repeat until nothing is added.
  for (let size = -1; size !== found.size;) {
    size = found.size
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly args: readonly string[]
}

async function listProcesses(): Promise<Process[]> {
  const names = await readdir('/proc')
  const pids = names.filter((name) => /^[0-9]+$/.test(name)).map(Number)
  const processes = await Promise.all(pids.map(readProcess))
  return processes.filter((process) => process !== null)
}

/** Null for a process that ended meanwhile, or that is a zombie: dead, and only not yet collected by its parent. */
async function readProcess(pid: number): Promise<Process | null> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may itself hold spaces and parentheses.
    const [state, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z') return null
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    return { pid, parent: Number(parent), args }
  } catch {
    return null
  }
}

function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended meanwhile.
  }
}

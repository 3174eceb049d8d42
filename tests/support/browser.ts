/** Chromium with profiles on disk, as people have it: what is stored outlives the browser. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type { AppProfile } from './engines/app-page.ts'
import { killProcesses } from './process-tree.ts'

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

const CLOSED_WITHIN_MS = 5_000

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
export class BrowserProfile implements AppProfile<Page> {
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

  /** Opens the browser. Gives its first tab. */
  async openFirstPage(): Promise<Page> {
    const context = await this.open()
    return context.pages()[0] ?? context.newPage()
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
    await killProcesses(({ args }) => args.includes(`--user-data-dir=${this.folder}`))
    // Its far end is dead: this only tells the driver, which once in hundreds of times waits for it without end.
    await Promise.race([context?.close().catch(() => {}), delay(CLOSED_WITHIN_MS)])
    for (const lock of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
      await rm(path.join(this.folder, lock), { force: true })
    }
  }
}

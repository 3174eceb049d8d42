/** A profile folder of a browser that WebDriver drives: what is stored in it outlives the browser. */
import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { killProcesses, waitForEnd, type Process } from '../process-tree.ts'
import type { AppProfile } from './app-page.ts'
import { Tabs, type DrivenPage } from './driven-page.ts'
import type { WebDriver } from './webdriver.ts'

export interface DrivenOptions {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
}

/** A started browser, and the processes besides it that it needs. */
export interface Running {
  readonly driver: WebDriver
  readonly children: readonly ChildProcess[]
  /** Where the consoles of the pages are written to. */
  readonly outputs: readonly Readable[]
}

/** Tells how to start one engine's browser; all else is the same for all of them. */
export interface Engine {
  readonly name: string
  start(folder: string, options: DrivenOptions): Promise<Running>
  /** The page's words in a line of the browser's output. */
  readConsole(line: string): string
}

export class DrivenProfile implements AppProfile<DrivenPage> {
  readonly folder: string
  readonly consoleLines: string[] = []
  readonly #engine: Engine
  readonly #options: DrivenOptions
  #running: (Running & { readonly tabs: Tabs }) | null = null

  constructor(engine: Engine, folder: string, options: DrivenOptions = {}) {
    this.#engine = engine
    this.folder = path.resolve(folder)
    this.#options = options
  }

  async openFirstPage(): Promise<DrivenPage> {
    await mkdir(this.folder, { recursive: true })
    const running = await this.#engine.start(this.folder, this.#options)
    for (const output of running.outputs) this.#collect(output)
    const tabs = new Tabs(running.driver)
    this.#running = { ...running, tabs }
    const page = await tabs.first()
    const { width, height } = this.#options.viewport ?? { width: 1280, height: 800 }
    await page.resize(width, height)
    return page
  }

  async openPage(address: string): Promise<DrivenPage> {
    if (!this.#running) throw new Error(`the browser of ${this.folder} is closed`)
    const page = await this.#running.tabs.open()
    await page.goto(address)
    return page
  }

  async close(): Promise<void> {
    const running = this.#running
    if (!running) return
    this.#running = null
    await running.driver.close()
    await waitForEnd(this.#isOurs)
    for (const child of running.children) child.kill()
  }

  async kill(): Promise<void> {
    const running = this.#running
    this.#running = null
    await killProcesses(this.#isOurs)
    for (const child of running?.children ?? []) child.kill('SIGKILL')
  }

  readonly #isOurs = ({ args }: Process): boolean => args.includes(this.folder)

  #collect(output: Readable): void {
    createInterface({ input: output }).on('line', (line) =>
      this.consoleLines.push(this.#engine.readConsole(line)),
    )
  }
}

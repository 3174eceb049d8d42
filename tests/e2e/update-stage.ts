/** Three tabs of one person while releases come and go, with messages in the outbox each time. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { makeBrokenBuild, makeBuild, type Build } from '../support/builds.ts'
import { isAppend } from '../support/fault-proxy.ts'
import { expectKept, numbered, readLoggedMessages } from './kept.ts'
import { meet, type Pair } from './pair.ts'

const TABS = 3
const MESSAGES = 4
/** A worker that had to wait for an open stream would take minutes. */
const TAKEN_OVER_WITHIN_MS = 20_000
/** In this time a page that loads once too often has done so. */
const QUIET_MS = 1_500

/** How a release ends. */
export type Outcome = 'accepted' | 'put off' | 'broken' | 'held in one tab'

interface Tab {
  readonly page: Page
  loads: number
}

export interface UpdateFigures {
  readonly rounds: number
  readonly messages: number
  readonly loads: number
  readonly outcomes: Readonly<Record<string, number>>
}

/** Alice's browser through one release after another. Each method throws when a promise is broken. */
export class UpdateStage {
  readonly #pair: Pair
  readonly #folder: string
  readonly #older: Build
  readonly #newer: Build
  readonly #broken: Readonly<Record<string, Build>>
  #current: Build
  #tabs: Tab[] = []
  readonly #outcomes = new Map<string, number>()
  #rounds = 0
  #messages = 1
  #loads = 0

  /** Makes the builds (the newer one has a further table in the browser's database) and opens the tabs on the older one. */
  static async open(): Promise<UpdateStage> {
    const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-builds-'))
    const inFolder = (name: string): string => path.join(folder, name)
    const older = await makeBuild({ folder: inFolder('older'), version: '1.0.0' })
    const newer = await makeBuild({ folder: inFolder('newer'), version: '1.1.0', hasNewSchema: true })
    const broken = {
      [older.version]: await makeBrokenBuild(older, inFolder('older-broken')),
      [newer.version]: await makeBrokenBuild(newer, inFolder('newer-broken')),
    }
    const pair = await meet({ project: older.folder })
    const stage = new UpdateStage({ pair, folder, older, newer, broken })
    await stage.#openTabs()
    return stage
  }

  private constructor(parts: {
    pair: Pair
    folder: string
    older: Build
    newer: Build
    broken: Readonly<Record<string, Build>>
  }) {
    this.#pair = parts.pair
    this.#folder = parts.folder
    this.#older = parts.older
    this.#newer = parts.newer
    this.#broken = parts.broken
    this.#current = parts.older
  }

  get figures(): UpdateFigures {
    const outcomes = Object.fromEntries(this.#outcomes)
    return { rounds: this.#rounds, messages: this.#messages, loads: this.#loads, outcomes }
  }

  async remove(): Promise<void> {
    await this.#pair.remove()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Queues messages, releases the other version, lets it end as `outcome` says, and finds each message once in the log. */
  async play(outcome: Outcome): Promise<void> {
    this.#rounds += 1
    const prefix = `round ${this.#rounds}`
    const draft = `half a sentence in ${prefix}`
    const next = this.#current === this.#older ? this.#newer : this.#older
    this.#holdAppends()
    await this.#type(draft)
    const queued = numbered(prefix, MESSAGES)
    await this.#write(queued)
    await this.#pair.app.deploy(outcome === 'broken' ? this.#brokenOf(next) : next.folder)
    await this.#lookForUpdate()
    await this.#end(outcome, next, draft)
    await this.#write([`${prefix} after`])
    this.#pair.aliceNet.mend()
    await this.#expectArrived(prefix, [...queued, `${prefix} after`])
    await this.#expectDraft(draft)
    const name = `${outcome}, ${next === this.#newer ? 'forward' : 'back'}`
    this.#outcomes.set(name, (this.#outcomes.get(name) ?? 0) + 1)
  }

  async #end(outcome: Outcome, next: Build, draft: string): Promise<void> {
    if (outcome === 'broken') return this.#expectUntouched()
    for (const { page } of this.#tabs) await banner(page).waitFor()
    if (outcome === 'put off') return this.#putOff(next, draft)
    if (outcome === 'held in one tab') return this.#takeOverAroundOne(next)
    return this.#takeOver(next)
  }

  /** One tab accepts, and each of the tabs loads once. */
  async #takeOver(next: Build): Promise<void> {
    await this.#accept()
    for (const tab of this.#tabs) await this.#expectLoaded(tab, 1, next)
    await this.#tabs[0]?.page.waitForTimeout(QUIET_MS)
    for (const tab of this.#tabs) await this.#expectLoaded(tab, 1, next)
    this.#current = next
  }

  /** A tab in which something is half typed stays the old page, under the new worker and beside new pages, until it is let go. */
  async #takeOverAroundOne(next: Build): Promise<void> {
    const held = this.#tabs.at(-1)
    if (!held) throw new Error('there is no tab')
    const search = held.page.getByLabel('Find someone by username')
    await search.fill('some')
    await this.#accept()
    for (const tab of this.#tabs) if (tab !== held) await this.#expectLoaded(tab, 1, next)
    await held.page.getByText('This page is still the old version').waitFor()
    const draft = await composer(held.page).inputValue()
    await this.#write([`from the old page in round ${this.#rounds}`], held)
    await composer(held.page).fill(draft)
    await this.#expectLoaded(held, 0, this.#current)
    expect(await search.inputValue()).toBe('some')
    await held.page.getByRole('button', { name: 'Load again' }).click()
    await this.#expectLoaded(held, 1, next)
    this.#current = next
  }

  /** Nothing changes for anybody, until the last tab is closed: the next ones are the new version. */
  async #putOff(next: Build, draft: string): Promise<void> {
    // Sending in the other tabs has freed the one place that a conversation has for a draft.
    await this.#type(draft)
    for (const { page } of this.#tabs) await page.getByRole('button', { name: 'Later' }).click()
    await this.#expectUntouched()
    const address = this.#tabs[0]?.page.url() ?? ''
    const blank = await this.#pair.alice.context.newPage()
    for (const { page } of this.#tabs) await page.close()
    await expect.poll(() => this.#pair.aliceNet.streamCount).toBe(0)
    await blank.waitForTimeout(QUIET_MS)
    await blank.goto(address)
    this.#pair.alice.sitDownAt(blank)
    await this.#openTabs()
    for (const tab of this.#tabs) await this.#expectLoaded(tab, 0, next)
    this.#current = next
  }

  async #expectUntouched(): Promise<void> {
    await this.#tabs[0]?.page.waitForTimeout(QUIET_MS)
    for (const tab of this.#tabs) {
      await this.#expectLoaded(tab, 0, this.#current)
      expect(await banner(tab.page).count()).toBe(0)
    }
  }

  async #openTabs(): Promise<void> {
    const first = this.#pair.alice.page
    const pages = [first]
    while (pages.length < TABS) pages.push(await this.#pair.alice.profile.openPage(first.url()))
    this.#tabs = pages.map((page) => ({ page, loads: 0 }))
    for (const tab of this.#tabs) {
      await composer(tab.page).waitFor()
      tab.page.on('load', () => (tab.loads += 1))
    }
  }

  /** In turn in one tab after the other. */
  async #write(texts: readonly string[], only?: Tab): Promise<void> {
    for (const [index, text] of texts.entries()) {
      const page = (only ?? this.#tabs[index % 2])?.page // the third holds the draft
      if (!page) throw new Error('there is no tab')
      await composer(page).fill(text)
      await composer(page).press('Enter')
      await page.locator('.bubble-text').getByText(text, { exact: true }).waitFor()
      this.#messages += 1
    }
  }

  async #type(text: string): Promise<void> {
    const last = this.#tabs.at(-1)
    if (last) await composer(last.page).fill(text)
  }

  async #expectDraft(text: string): Promise<void> {
    const last = this.#tabs.at(-1)
    if (!last) throw new Error('there is no tab')
    await expect.poll(() => composer(last.page).inputValue()).toBe(text)
    await composer(last.page).fill('')
    for (const tab of this.#tabs) {
      this.#loads += tab.loads
      tab.loads = 0
    }
  }

  async #expectArrived(prefix: string, texts: readonly string[]): Promise<void> {
    await expectKept(this.#pair.bob.page, prefix, texts, 30_000)
    const logged = await readLoggedMessages(this.#pair.database)
    expect(new Set(logged).size).toBe(logged.length)
    expect(logged).toHaveLength(this.#messages)
  }

  async #expectLoaded(tab: Tab, times: number, build: Build): Promise<void> {
    await expect.poll(() => tab.loads, { timeout: TAKEN_OVER_WITHIN_MS }).toBe(times)
    await composer(tab.page).waitFor()
    expect(await versionOf(tab.page)).toBe(build.version)
  }

  async #accept(): Promise<void> {
    await this.#tabs[this.#rounds % 2]?.page.getByRole('button', { name: 'Update now' }).click()
  }

  /** As the browser itself does on a load. It tells of a failed install by an error. */
  async #lookForUpdate(): Promise<void> {
    await this.#pair.alice.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready
      await registration.update().catch(() => undefined)
    })
  }

  #brokenOf({ version }: Build): string {
    const build = this.#broken[version]
    if (!build) throw new Error(`no broken build of ${version}`)
    return build.folder
  }

  /** Whatever is written stays in the outbox. */
  #holdAppends(): void {
    this.#pair.aliceNet.treat((call) => (isAppend(call) ? { kind: 'answer', status: 503 } : { kind: 'pass' }))
  }
}

const composer = (page: Page) => page.getByLabel('Message to bob')
const banner = (page: Page) => page.getByText('A new version of Letterlock is ready')

const versionOf = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.querySelector<HTMLMetaElement>('meta[name=version]')?.content ?? null)

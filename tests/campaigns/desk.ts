/** One person's tabs of one conversation, in all of which somebody types: frozen, closed, crashed and opened again. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { freeze } from '../e2e/freeze.ts'
import type { Person } from '../e2e/person.ts'
import { typeOn } from './typing.ts'

interface DeskParts {
  readonly person: Person
  readonly contact: string
  readonly tabCount: number
  readonly shown: string[]
}

interface Tab {
  readonly name: string
  readonly page: Page
  readonly end: AbortController
  readonly typing: Promise<void>
  /** Settles when the tab goes on; null while it does. */
  frozen: Promise<void> | null
}

const PAUSE_MS = 500

export class Desk {
  /** Why somebody could not type in a tab that was neither closed nor crashed. */
  readonly faults: string[] = []
  readonly #parts: DeskParts
  readonly #address: string
  #tabs: Tab[] = []
  #opened = 0

  /** Takes the place of the person's only page, which is at the conversation. */
  static async open(parts: DeskParts): Promise<Desk> {
    const desk = new Desk(parts)
    await desk.fill()
    await parts.person.page.close()
    return desk
  }

  private constructor(parts: DeskParts) {
    this.#parts = parts
    this.#address = parts.person.page.url()
  }

  /** Those that go on, by name. */
  get running(): readonly Tab[] {
    return this.#tabs.filter(({ frozen }) => !frozen)
  }

  get pages(): readonly (readonly [string, Page])[] {
    return this.#tabs.map(({ name, page }) => [name, page])
  }

  /** Opens tabs until all are there, in place of those that crashed together with another one, too. */
  async fill(): Promise<void> {
    this.#tabs = this.#tabs.filter(({ page }) => !page.isClosed())
    while (this.#tabs.length < this.#parts.tabCount) await this.#openTab()
  }

  async #openTab(): Promise<void> {
    const { person, contact, shown } = this.#parts
    this.#opened += 1
    const name = `${person.name} tab ${this.#opened}`
    const page = await person.profile.openPage(this.#address)
    const end = new AbortController()
    page.once('crash', () => {
      end.abort()
      void page.close()
    })
    const { signal } = end
    const typing = typeOn(page, { contact, tab: name, shown, pauseMs: PAUSE_MS, signal }).catch(
      (error: unknown) => {
        if (!signal.aborted) this.faults.push(`${name}: ${String(error)}`)
      },
    )
    this.#tabs.push({ name, page, end, typing, frozen: null })
  }

  /** Stops a tab, in whatever it is doing; `durationMs` later it goes on. */
  async freeze(tab: Tab, durationMs: number): Promise<void> {
    const thaw = await freeze(this.#parts.person.context, tab.page)
    const goOn = async (): Promise<void> => {
      await delay(durationMs, null, { signal: tab.end.signal }).catch(() => null)
      // It may be closed by now.
      await thaw().catch(() => null)
      tab.frozen = null
    }
    tab.frozen = goOn()
  }

  async close({ page, end }: Tab): Promise<void> {
    end.abort()
    await page.close()
  }

  /** Ends the process that draws the tab, and with it other tabs that share it. */
  async crash({ page, end }: Tab): Promise<void> {
    const crashed = new Promise<void>((resolve) => page.once('close', () => resolve()))
    end.abort()
    await page.goto('chrome://crash').catch(() => null)
    await crashed
  }

  /** All tabs go on, and nobody types any more. */
  async rest(): Promise<void> {
    for (const { frozen } of this.#tabs) await frozen
    for (const { end } of this.#tabs) end.abort()
    await Promise.all(this.#tabs.map(({ typing }) => typing))
  }
}

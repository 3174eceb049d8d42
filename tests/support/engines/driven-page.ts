/** A tab of a browser that WebDriver drives, with the part of Playwright's ways that the steps of a person need. */
import { setTimeout as delay } from 'node:timers/promises'
import { askUntil } from './ask-until.ts'
import type { AppLocator, AppPage, Role, TextMatch } from './app-page.ts'
import { findElements, type Step, type Words } from './find-elements.ts'
import { ELEMENT, WebDriverError, type Command, type Parameters, type WebDriver } from './webdriver.ts'

const POLL_EVERY_MS = 50
const ACT_WITHIN_MS = 30_000

/** The page changed between the look and the act: look again. */
const PASSING = new Set([
  'stale element reference',
  'element not interactable',
  'element click intercepted',
  'no such element',
  'javascript error',
])

const KEYS: Readonly<Record<string, string>> = { Enter: '\uE007', Escape: '\uE00C', Tab: '\uE004' }

type Name = string | RegExp

const wordsOf = (text: Name, isExact = false): Words =>
  typeof text === 'string'
    ? { text, flags: null, isExact }
    : { text: text.source, flags: text.flags, isExact }

/** The ways from a place to what is in it. */
abstract class Scope {
  protected abstract at(...steps: readonly Step[]): DrivenLocator

  getByRole(role: Role, { name, exact }: { name?: Name } & TextMatch = {}): DrivenLocator {
    return this.at({ by: 'role', role, name: name === undefined ? null : wordsOf(name, exact) })
  }

  getByLabel(text: string, { exact }: TextMatch = {}): DrivenLocator {
    return this.at({ by: 'label', words: wordsOf(text, exact) })
  }

  getByText(text: string, { exact }: TextMatch = {}): DrivenLocator {
    return this.at({ by: 'text', words: wordsOf(text, exact) })
  }

  locator(selector: string, { has }: { has?: DrivenLocator } = {}): DrivenLocator {
    const within: Step[] = has ? [{ by: 'has', steps: has.steps }] : []
    return this.at({ by: 'selector', selector }, ...within)
  }
}

/** One tab. The tabs of a browser share one driver, which is at one of them at a time. */
export class DrivenPage extends Scope implements AppPage<DrivenLocator> {
  readonly #tabs: Tabs
  readonly #handle: string

  constructor(tabs: Tabs, handle: string) {
    super()
    this.#tabs = tabs
    this.#handle = handle
  }

  send(command: Command, parameters?: Parameters): Promise<unknown> {
    return this.#tabs.send(this.#handle, command, parameters)
  }

  goto(address: string): Promise<unknown> {
    return this.send('navigate', { url: address })
  }

  /** As a person reloads. The protocol's own command goes past the service worker in Firefox, like a reload with Shift. */
  async reload(): Promise<void> {
    const readTime = (): number => performance.timeOrigin
    const before = await this.evaluate(readTime)
    await this.evaluate(() => void setTimeout(() => location.reload()))
    await askUntil(
      'the page after its reload',
      async () => (await this.evaluate(readTime)) !== before || null,
    )
  }

  async close(): Promise<void> {
    await this.send('closeTab')
  }

  waitForTimeout(timeoutMs: number): Promise<void> {
    return delay(timeoutMs)
  }

  evaluate<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    return this.call(work, [])
  }

  /** Runs `work` in the page; arguments and result travel as JSON, and a reference becomes its element on the way. */
  async call<Result>(
    work: (...given: never[]) => Result | Promise<Result>,
    args: readonly unknown[],
  ): Promise<Result> {
    const script = `const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1)
      new Promise((resolve) => resolve((${String(work)})(...given)))
        .then((result) => done({ result }), (error) => done({ failure: String(error) }))`
    const answer = (await this.send('execute', { script, args })) as { result: Result; failure?: string } // as the script above makes it
    if (answer.failure !== undefined) throw new Error(answer.failure)
    return answer.result
  }

  /** A picture of what is shown, as PNG. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from(String(await this.send('picture')), 'base64')
  }

  resize(width: number, height: number): Promise<unknown> {
    return this.send('resize', { width, height })
  }

  protected at(...steps: readonly Step[]): DrivenLocator {
    return new DrivenLocator(this, steps)
  }
}

/** The tabs of one browser. */
export class Tabs {
  readonly #driver: WebDriver
  #current: string | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(driver: WebDriver) {
    this.#driver = driver
  }

  async first(): Promise<DrivenPage> {
    return new DrivenPage(this, String(await this.#driver.send('currentTab')))
  }

  async open(): Promise<DrivenPage> {
    const { handle } = (await this.#queue(() => this.#driver.send('openTab', { type: 'tab' }))) as {
      handle: string // the protocol's answer
    }
    return new DrivenPage(this, handle)
  }

  /** Sends a command to one tab: goes there first, after whatever others are at. */
  send(handle: string, command: Command, parameters?: Parameters): Promise<unknown> {
    return this.#queue(async () => {
      if (this.#current !== handle) await this.#driver.send('switchTab', { handle })
      this.#current = handle
      if (command === 'closeTab') this.#current = null
      return this.#driver.send(command, parameters)
    })
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work)
    this.#last = next.catch(() => undefined)
    return next
  }
}

type Reference = Readonly<Record<typeof ELEMENT, string>>

export class DrivenLocator extends Scope implements AppLocator<DrivenLocator> {
  readonly steps: readonly Step[]
  readonly #page: DrivenPage

  constructor(page: DrivenPage, steps: readonly Step[]) {
    super()
    this.#page = page
    this.steps = steps
  }

  first(): DrivenLocator {
    return this.at({ by: 'first' })
  }

  filter({ hasText }: { hasText: Name }): DrivenLocator {
    return this.at({ by: 'containing', words: wordsOf(hasText) })
  }

  click(): Promise<void> {
    return this.#act(async (element) => {
      await this.#page.call(awaitClick, [element])
      await this.#page.send('click', { id: element[ELEMENT] })
      // An error: the click has led away from the page.
      if (await this.#page.call(isClickAwaited, []).catch(() => false))
        throw new WebDriverError('element click intercepted', 'it moved away under the pointer')
    })
  }

  async check(): Promise<void> {
    if (!(await this.#read(isChecked))) await this.click()
  }

  fill(text: string): Promise<void> {
    return this.#act(async (element) => {
      await this.#page.call(selectAll, [element])
      await this.#type(element, text)
    })
  }

  press(key: string): Promise<void> {
    return this.#act(async (element) => void (await this.#type(element, KEYS[key] ?? key)))
  }

  getAttribute(name: string): Promise<string | null> {
    return this.#act((element) => this.#page.call(readAttribute, [element, name]))
  }

  async isVisible(): Promise<boolean> {
    return (await this.#look()).visible > 0
  }

  isEditable(): Promise<boolean> {
    return this.#read(isEditable)
  }

  async allTextContents(): Promise<string[]> {
    return (await this.#search('found.map(({ textContent }) => textContent)')) as string[] // as this expression gives
  }

  async waitFor({
    state = 'visible',
    timeout = ACT_WITHIN_MS,
  }: { state?: 'visible' | 'hidden' | 'detached' | 'attached'; timeout?: number } = {}): Promise<void> {
    await this.#until(timeout, `to be ${state}`, async () => {
      const { all, visible } = await this.#look()
      switch (state) {
        case 'attached':
          return all > 0
        case 'detached':
          return all === 0
        case 'visible':
          return visible > 0
        case 'hidden':
          return visible === 0
      }
    })
  }

  protected at(...steps: readonly Step[]): DrivenLocator {
    return new DrivenLocator(this.#page, [...this.steps, ...steps])
  }

  async #find(): Promise<Reference[]> {
    return (await this.#search('found')) as Reference[] // elements become references on their way
  }

  async #look(): Promise<{ all: number; visible: number }> {
    const count = '{ all: found.length, visible: found.filter((one) => one.checkVisibility()).length }'
    return (await this.#search(count)) as { all: number; visible: number } // as this expression gives
  }

  /** What an expression says of the elements that are `found`. */
  #search(expression: string): Promise<unknown> {
    const script = `const found = (${String(findElements)})(...arguments); return ${expression}`
    return this.#page.send('find', { script, args: [this.steps] })
  }

  #read<Result>(work: (element: never) => Result): Promise<Result> {
    return this.#act((element) => this.#page.call(work, [element]))
  }

  #type(element: Reference, text: string): Promise<unknown> {
    return this.#page.send('type', { id: element[ELEMENT], text })
  }

  /** Waits until there is exactly one visible element and `work` on it succeeds. */
  async #act<Result>(work: (element: Reference) => Promise<Result>): Promise<Result> {
    const results: Result[] = []
    await this.#until(ACT_WITHIN_MS, 'to be the only one, and to take this', async () => {
      const [element, ...others] = await this.#find()
      if (!element || others.length > 0) return false
      results.push(await work(element))
      return true
    })
    return results[0] as Result // the wait ends only after the push
  }

  async #until(timeoutMs: number, what: string, isDone: () => Promise<boolean>): Promise<void> {
    const deadlineMs = Date.now() + timeoutMs
    let last: unknown = null
    for (;;) {
      try {
        if (await isDone()) return
      } catch (error) {
        if (!(error instanceof WebDriverError) || !PASSING.has(error.code)) throw error
        last = error
      }
      if (Date.now() > deadlineMs)
        throw new Error(`${timeoutMs} ms are over: ${JSON.stringify(this.steps)} had ${what}`, {
          cause: last,
        })
      await delay(POLL_EVERY_MS)
    }
  }
}

// These run inside the page, where a reference has become its element.

function selectAll(field: HTMLInputElement | HTMLTextAreaElement): void {
  field.focus()
  field.select()
}

function awaitClick(element: Element): void {
  Reflect.set(window, 'isClickAwaited', true)
  const note = (): boolean => Reflect.set(window, 'isClickAwaited', false)
  element.addEventListener('click', note, { capture: true, once: true })
}

function isClickAwaited(): boolean {
  return Reflect.get(window, 'isClickAwaited') === true
}

function readAttribute(element: Element, name: string): string | null {
  return element.getAttribute(name)
}

function isEditable(element: Element): boolean {
  return !element.matches(':disabled, [readonly]')
}

function isChecked(box: HTMLInputElement): boolean {
  return box.checked
}

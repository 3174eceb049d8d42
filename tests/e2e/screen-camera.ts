/** Looks at a screen in both themes and at both widths: keeps a picture of each, and says what is wrong with any. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { findAxeViolations } from './accessibility.ts'

const THEMES = ['light', 'dark'] as const
const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const
/** What is left of the first size at 200 % zoom. */
const ZOOMED = { width: 640, height: 400 } as const

/** What the browser says by itself of a server that refuses or is not there: the screens say it in words. */
const EXPECTED_ERROR = /^Failed to load resource:/
/** Roles that a person operates. */
const OPERABLE = new Set(['button', 'link', 'textbox', 'searchbox', 'checkbox', 'menuitem', 'log'])

export class ScreenCamera {
  readonly #folder: string
  readonly #faults: string[] = []
  readonly #names = new Set<string>()
  readonly #sessions = new Map<Page, CDPSession>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Names of the pictures taken so far. */
  get names(): ReadonlySet<string> {
    return this.#names
  }

  /** Hears from now on what pages of this browser complain of: errors, exceptions, violations of the content policy. */
  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED_ERROR.test(message.text()))
        this.#faults.push(`console: ${message.text()}`)
    })
    context.on('weberror', (error) => this.#faults.push(`exception: ${String(error.error())}`))
  }

  /** Gives what was complained of since the last call, and forgets it. */
  takeFaults(): string[] {
    return this.#faults.splice(0)
  }

  /** Pictures of what `page` shows now, as `<name>-<theme>-<width>.png`. Gives everything that is wrong with them. */
  async visit(page: Page, name: string): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true })
    this.#names.add(name)
    const faults: string[] = []
    for (const size of SIZES) {
      await page.setViewportSize(size)
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const file = `${name}-${colorScheme}-${size.width}`
        await page.screenshot({ path: path.join(this.#folder, `${file}.png`), animations: 'disabled' })
        faults.push(...(await findAxeViolations(page)).map((fault) => `${file}: ${fault}`))
      }
      const found = [...(await findOverflows(page)), ...(await this.#findNameless(page))]
      faults.push(...found.map((fault) => `${name} at ${size.width}: ${fault}`))
    }
    await page.setViewportSize(ZOOMED)
    await page.screenshot({ path: path.join(this.#folder, `${name}-zoomed.png`), animations: 'disabled' })
    const found = [...(await findOverflows(page)), ...(await findUnreachable(page))]
    faults.push(...found.map((fault) => `${name} at 200 %: ${fault}`))
    await page.setViewportSize(SIZES[0])
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    return [...faults, ...this.takeFaults()]
  }

  /** Controls without a name, as the browser computes it for assistive technology. */
  async #findNameless(page: Page): Promise<string[]> {
    const session = this.#sessions.get(page) ?? (await page.context().newCDPSession(page))
    this.#sessions.set(page, session)
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    return nodes
      .filter((node) => !node.ignored && OPERABLE.has(String(node.role?.value)))
      .filter((node) => String(node.name?.value ?? '').trim() === '')
      .map((node) => `a ${String(node.role?.value)} has no name`)
  }
}

/** What stands beyond the sides of the page, or of the part that it scrolls in. */
function findOverflows(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const describe = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`
    const isShown = (element: Element) => element.checkVisibility() && !element.closest('.hidden-words')
    const all = Array.from(document.body.querySelectorAll('*')).filter(isShown)
    const beyond = all.filter((element) => {
      const { left, right, width } = element.getBoundingClientRect()
      return width > 0 && (left < -1 || right > innerWidth + 1)
    })
    const boxes = all.filter((element) => !(element instanceof HTMLInputElement)) // a long text in a field does
    const scrolling = [document.documentElement, ...boxes].filter((element) => {
      const style = getComputedStyle(element)
      const isCut = style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis'
      const isPage = element === document.documentElement
      return (isPage || isCut) && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1
    })
    return [
      ...beyond.map((element) => `${describe(element)} stands beyond the side`),
      ...scrolling.map((element) => `${describe(element)} scrolls sideways`),
    ]
  })
}

/** Controls that no scrolling brings into view. What scrolls of itself, the log of messages, is left where it is. */
function findUnreachable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.querySelector('dialog[open]') ?? document.body
    const controls = Array.from(root.querySelectorAll('button, input, textarea, a[href], [role=menuitem]'))
    const shown = controls.filter((one) => one.checkVisibility() && !one.closest('[role=log]'))
    const beyond = shown.filter((one) => {
      one.scrollIntoView({ block: 'nearest' })
      const { top, bottom } = one.getBoundingClientRect()
      return top < -1 || bottom > innerHeight + 1
    })
    return beyond.map((one) => `${one.tagName.toLowerCase()} ${one.textContent} cannot be scrolled into view`)
  })
}

export interface TabStop {
  /** What the control is called. */
  readonly name: string
  /** Which element of the page it is. */
  readonly index: number
  /** Something is drawn around it, or around the field it stands in. */
  readonly isFocusShown: boolean
}

const STOPS_MOST = 60

/** Presses Tab until the focus is on the control of this name. Throws when it does not get there. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = []
  for (let presses = 0; presses < STOPS_MOST; presses += 1) {
    await page.keyboard.press('Tab')
    const stop = await readFocus(page)
    if (stop?.name === name) return
    seen.push(stop?.name ?? '')
  }
  throw new Error(`Tab does not come to "${name}", but to: ${[...new Set(seen)].join(', ')}`)
}

/** Presses Tab until the focus has come round, and gives where it stood. */
export async function tabThrough(page: Page): Promise<TabStop[]> {
  const stops: TabStop[] = []
  for (let presses = 0; presses < STOPS_MOST; presses += 1) {
    await page.keyboard.press('Tab')
    const stop = await readFocus(page)
    if (stop && stops.some(({ index }) => index === stop.index)) return stops
    if (stop) stops.push(stop)
  }
  throw new Error('Tab does not come round')
}

/** Null when the focus is on the page itself. */
function readFocus(page: Page): Promise<TabStop | null> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement) || element === document.body) return null
    const isOutlined = (one: Element | null) => one !== null && getComputedStyle(one).outlineStyle !== 'none'
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
    const name = element.getAttribute('aria-label') ?? label ?? element.textContent ?? ''
    const field = element.closest('.field-box, .composer-grow')
    return {
      name: name.trim(),
      index: Array.from(document.querySelectorAll('*')).indexOf(element),
      isFocusShown: isOutlined(element) || isOutlined(field),
    }
  })
}

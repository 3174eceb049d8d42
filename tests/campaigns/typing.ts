/** People who type without a pause, in as many tabs as they like. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'

interface Typing {
  readonly contact: string
  /** Begins each text of this tab; its number follows. */
  readonly tab: string
  /** Given each text whose bubble was on the screen. */
  readonly shown: string[]
  readonly pauseMs: number
  readonly signal: AbortSignal
}

/** Waits so long for a bubble: a tab that stands still shows none. */
const BUBBLE_MOST_MS = 60_000

/** Types one text after the other until `signal` ends it. Throws what a page throws that is gone, or shows no bubble. */
export async function typeOn(page: Page, { contact, tab, shown, pauseMs, signal }: Typing): Promise<void> {
  page.setDefaultTimeout(BUBBLE_MOST_MS)
  const composer = page.getByLabel(`Message to ${contact}`)
  const bubbles = page.locator('.bubble-text')
  for (let number = 1; !signal.aborted; number++) {
    const text = `${tab} ${number}`
    await composer.fill(text)
    await composer.press('Enter')
    await bubbles.getByText(text, { exact: true }).waitFor()
    shown.push(text)
    await delay(pauseMs)
  }
}

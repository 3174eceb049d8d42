/** A tab that stands still, as one that the browser froze. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'

/**
 * Stops a tab as far as freezing does: it runs no script and keeps its locks. Chromium freezes hidden pages only, and the
 * driver keeps every page visible, so the debugger has to do it. Nor does it freeze one in the middle of a transaction, so
 * the tab is given time to finish. Returns the way to let it go on.
 */
export async function freeze(context: BrowserContext, page: Page): Promise<() => Promise<void>> {
  const cdp = await context.newCDPSession(page)
  await delay(1_500)
  await cdp.send('Debugger.enable')
  const paused = new Promise((resolve) => cdp.once('Debugger.paused', resolve))
  await cdp.send('Debugger.pause')
  await paused
  return () => cdp.detach()
}

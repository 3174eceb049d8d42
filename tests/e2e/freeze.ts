/** A tab that stands still, as one that the browser froze. */
import type { BrowserContext, Page } from 'playwright-core'

/** What was begun before it was watched has ended by then. */
const WATCHED_MS = 1_500

/**
 * Stops a tab as far as freezing does: it runs no script and keeps its locks. Chromium freezes hidden pages only, and the
 * driver keeps every page visible, so the debugger has to do it. Nor does it freeze one in the middle of a transaction, so
 * the tab stops at a moment without any. Returns the way to let it go on.
 */
export async function freeze(context: BrowserContext, page: Page): Promise<() => Promise<void>> {
  const cdp = await context.newCDPSession(page)
  await cdp.send('Debugger.enable')
  const paused = new Promise((resolve) => cdp.once('Debugger.paused', resolve))
  // It settles when the tab goes on, or is closed.
  const stopping = page.evaluate(stopBetweenTransactions, WATCHED_MS).catch(() => null)
  await Promise.race([paused, stopping])
  return () => cdp.detach()
}

/** Runs in the page. */
async function stopBetweenTransactions(watchedMs: number): Promise<void> {
  const { prototype } = IDBDatabase
  // oxlint-disable-next-line typescript/unbound-method -- It is called with the database it belongs to.
  const begin = prototype.transaction
  const open = new Set<IDBTransaction>()
  prototype.transaction = function watch(this: IDBDatabase, ...args: Parameters<typeof begin>) {
    const transaction = begin.apply(this, args)
    open.add(transaction)
    for (const end of ['complete', 'abort']) transaction.addEventListener(end, () => open.delete(transaction))
    return transaction
  }
  await new Promise((resolve) => setTimeout(resolve, watchedMs))
  while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  prototype.transaction = begin
  // oxlint-disable-next-line no-debugger -- This is how it stops.
  debugger
}

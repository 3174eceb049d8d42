/** The browser's `sync` event, fired when we want it: the browser itself waits minutes between its tries. */
import type { BrowserContext } from 'playwright-core'

interface Registration {
  readonly registrationId: string
  readonly scopeURL: string
  readonly isDeleted: boolean
}

/** Fires `sync` with the tag `outbox` in the worker of `origin`, though no page of it may be open. */
export async function dispatchSync(context: BrowserContext, origin: string): Promise<void> {
  const page = context.pages()[0] ?? (await context.newPage())
  const cdp = await context.newCDPSession(page)
  const registrations: Registration[] = []
  cdp.on('ServiceWorker.workerRegistrationUpdated', (event: { registrations: Registration[] }) =>
    registrations.push(...event.registrations),
  )
  await cdp.send('ServiceWorker.enable')
  const deadlineMs = Date.now() + 5_000
  while (Date.now() < deadlineMs) {
    const found = registrations.findLast((one) => one.scopeURL === `${origin}/` && !one.isDeleted)
    if (found) {
      await cdp.send('ServiceWorker.dispatchSyncEvent', {
        origin,
        registrationId: found.registrationId,
        tag: 'outbox',
        lastChance: false,
      })
      return
    }
    await page.waitForTimeout(50)
  }
  throw new Error(`no service worker is registered for ${origin}`)
}

/** Stops all workers of the browser where they are. */
export async function stopWorkers(context: BrowserContext): Promise<void> {
  const page = context.pages()[0] ?? (await context.newPage())
  const cdp = await context.newCDPSession(page)
  await cdp.send('ServiceWorker.enable')
  await cdp.send('ServiceWorker.stopAllWorkers')
  await cdp.detach()
}

/** The worker's events, and who answers each. */
import { drainAll } from './drain.ts'
import { readPageMessage } from './messages.ts'
import { activateShell, answerFromShell, installShell } from './precache.ts'

declare const self: ServiceWorkerGlobalScope & {
  addEventListener(type: 'install', listener: (event: InstallEvent) => void): void
  addEventListener(type: 'sync', listener: (event: SyncEvent) => void): void
}

/** Of the Background Sync API, which the compiler's library does not know. */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string
}

/** Of the Static Routing API, which not every browser has. */
interface InstallEvent extends ExtendableEvent {
  addRoutes?(rules: readonly { condition: { urlPattern: string }; source: 'network' }[]): Promise<void>
}

/** The browser may end the worker between install and activation: the first page is then claimed by its next load. */
let isFirstInstall = false

self.addEventListener('fetch', (event) => {
  if (isForServer(event.request)) return
  const answer = answerFromShell(event)
  if (answer) event.respondWith(answer)
})

self.addEventListener('install', (event) => {
  isFirstInstall = self.registration.active === null
  installShell(event)
  letServerRequestsPass(event)
})

self.addEventListener('activate', (event) => {
  activateShell(event)
  if (isFirstInstall) event.waitUntil(self.clients.claim())
})

self.addEventListener('message', (event) => {
  const message = readPageMessage(event.data)
  if (message?.type === 'SKIP_WAITING') event.waitUntil(self.skipWaiting())
})

self.addEventListener('sync', (event) => {
  if (event.tag === 'outbox') event.waitUntil(drainAll())
})

/**
 * Such requests do not wake this worker at all, where the browser knows how. A version that is to take over waits until the older one is
 * idle, which it hardly is while pages ask the server every second.
 */
function letServerRequestsPass(event: InstallEvent): void {
  const rules = [{ condition: { urlPattern: '/api/*' }, source: 'network' }] as const
  // A browser that knows another form of it asks the worker, as before.
  event.addRoutes?.(rules).catch(() => undefined)
}

/** A stream through the worker would keep it busy for ever, and some browsers cut it after half a minute. */
function isForServer(request: Request): boolean {
  return (
    new URL(request.url).pathname.startsWith('/api/') || request.headers.get('accept') === 'text/event-stream'
  )
}

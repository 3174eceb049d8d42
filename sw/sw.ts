/** The worker's events, and who answers each. */
import { drainAll } from './drain.ts'
import { readPageMessage } from './messages.ts'
import { activateShell, answerFromShell, installShell } from './precache.ts'

declare const self: ServiceWorkerGlobalScope & {
  addEventListener(type: 'sync', listener: (event: SyncEvent) => void): void
}

/** Of the Background Sync API, which the compiler's library does not know. */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string
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

/** A stream through the worker would keep it busy for ever, and some browsers cut it after half a minute. */
function isForServer(request: Request): boolean {
  return (
    new URL(request.url).pathname.startsWith('/api/') || request.headers.get('accept') === 'text/event-stream'
  )
}

/// <reference types="vite/client" />
/** The page's side of the service worker: registration, the wait of a new version, the request to drain later. */
import { Workbox } from 'workbox-window'
import type { Live } from './client/contract/live.ts'
import { createCell } from './client/live.ts'
import { scriptAddress } from './environment/script-address.ts'
import type { UpdatePrompt, UpdateState } from './ui/update-prompt.ts'

/** The browser looks for a new version on each load; a page that stays open for days asks by itself. */
const UPDATE_CHECK_EVERY_MS = 60 * 60 * 1000

export interface WorkerBridge {
  readonly update: UpdatePrompt
  /** This browser has no service worker for us: the app does not open offline. */
  readonly isMissing: Live<boolean>
  /** Asks the browser to wake the worker when the network is back. Where that is unknown, the page's own drain is all. */
  readonly requestBackgroundDrain: () => void
}

/** Of the Background Sync API, which the compiler's library does not know. */
interface SyncRegistration extends ServiceWorkerRegistration {
  readonly sync?: { register(tag: string): Promise<void> }
}

/** Registers the worker. Without one (development, private windows) the app works, but does not open offline. */
export function connectWorker(): WorkerBridge {
  const isMissing = createCell(!('serviceWorker' in navigator))
  if (import.meta.env.DEV || isMissing.value) {
    return { update: withoutUpdates, isMissing, requestBackgroundDrain: () => {} }
  }
  const worker = new Workbox(scriptAddress('serviceWorker'), { updateViaCache: 'none' })
  const registered = worker.register()
  const update = watchUpdates(worker, registered)
  registered.catch((error: unknown) => {
    reportRefusal(error)
    isMissing.set(true)
  })
  checkForUpdates(worker)
  return { update, isMissing, requestBackgroundDrain }
}

const withoutUpdates: UpdatePrompt = {
  subscribe(listener) {
    listener('none')
    return () => {}
  },
  accept() {},
}

/** Tells when a new version waits, and when it has taken over, whichever tab accepted it. */
function watchUpdates(
  worker: Workbox,
  registered: Promise<ServiceWorkerRegistration | undefined>,
): UpdatePrompt {
  const state = createCell<UpdateState>('none')
  let controller = navigator.serviceWorker.controller

  registered.then(
    (registration) => registration && hearOfWaiting(registration, () => state.set('waiting')),
    () => undefined, // said by whoever registered
  )
  worker.addEventListener('controlling', () => {
    const before = controller
    controller = navigator.serviceWorker.controller
    // Whoever clears the site's storage takes the worker away: this page then holds the only copy of the keys.
    const isUpdate = before !== null && controller !== null
    if (isUpdate) state.set('taken-over')
  })

  return { subscribe: (listener) => state.subscribe(listener), accept: () => worker.messageSkipWaiting() }
}

/**
 * Tells of every new version that waits. The `waiting` event of workbox-window tells only of the first that comes later than
 * a minute after the page, be it one whose install fails.
 */
function hearOfWaiting(registration: ServiceWorkerRegistration, listener: () => void): void {
  const tell = (): void => {
    if (registration.waiting && navigator.serviceWorker.controller) listener()
  }
  tell()
  registration.addEventListener('updatefound', () => {
    // The first worker of all replaces none, though WebKit still lists it as waiting when it has claimed this page.
    if (registration.active) registration.installing?.addEventListener('statechange', tell)
  })
}

function checkForUpdates(worker: Workbox): void {
  let checkedAtMs = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || Date.now() - checkedAtMs < UPDATE_CHECK_EVERY_MS) return
    checkedAtMs = Date.now()
    // Offline is the usual reason for a failure, and the next look comes.
    worker.update().catch(() => {})
  })
}

function requestBackgroundDrain(): void {
  const registered = navigator.serviceWorker.ready.then((registration: SyncRegistration) =>
    registration.sync?.register('outbox'),
  )
  // Refused by the person's settings: the page drains whenever it is open.
  registered.catch(() => {})
}

function reportRefusal(error: unknown): void {
  // oxlint-disable-next-line no-console -- the browser's reason (usually a certificate it does not trust) helps whoever runs the site
  console.warn('This browser refused the service worker; the app will not open offline.', error)
}

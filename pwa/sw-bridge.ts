/// <reference types="vite/client" />
/** The page's side of the service worker: registration, the wait of a new version, the request to drain later. */
import { Workbox } from 'workbox-window'
import type { UpdatePrompt } from './ui/update-prompt.ts'

const SCRIPT = '/sw.js'
/** The browser looks for a new version on each load; a page that stays open for days asks by itself. */
const UPDATE_CHECK_EVERY_MS = 60 * 60 * 1000

export interface WorkerBridge {
  readonly update: UpdatePrompt
  /** Asks the browser to wake the worker when the network is back. Where that is unknown, the page's own drain is all. */
  readonly requestBackgroundDrain: () => void
}

/** Of the Background Sync API, which the compiler's library does not know. */
interface SyncRegistration extends ServiceWorkerRegistration {
  readonly sync?: { register(tag: string): Promise<void> }
}

type ScriptAddress = ConstructorParameters<typeof Workbox>[0]

declare global {
  /** Of the Trusted Types API, which the compiler's library does not know and some browsers do not have. */
  interface Window {
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL(address: string): string },
      ): { createScriptURL(address: string): ScriptAddress }
    }
  }
}

/** Registers the worker. Without one (development, private windows) the app works, but does not open offline. */
export function connectWorker(): WorkerBridge {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) {
    return { update: withoutUpdates, requestBackgroundDrain: () => {} }
  }
  const worker = new Workbox(scriptAddress(), { updateViaCache: 'none' })
  const registered = worker.register()
  const update = watchUpdates(worker, registered)
  registered.catch(reportRefusal)
  checkForUpdates(worker)
  return { update, requestBackgroundDrain }
}

const withoutUpdates: UpdatePrompt = {
  subscribe(listener) {
    listener(false)
    return () => {}
  },
  accept() {},
}

/** Tells when a new version waits. Reloads only the page in which it was accepted: another may hold a half-written text. */
function watchUpdates(
  worker: Workbox,
  registered: Promise<ServiceWorkerRegistration | undefined>,
): UpdatePrompt {
  const listeners = new Set<(isWaiting: boolean) => void>()
  let isWaiting = false
  let isAccepted = false
  let hasTakenOver = false

  function noteWaiting(): void {
    isWaiting = true
    hasTakenOver = false
    for (const listener of listeners) listener(true)
  }

  registered.then(
    (registration) => registration && hearOfWaiting(registration, noteWaiting),
    () => undefined, // said by whoever registered
  )
  worker.addEventListener('controlling', () => {
    hasTakenOver = isWaiting
    if (isAccepted) location.reload()
  })

  return {
    subscribe(listener) {
      listeners.add(listener)
      listener(isWaiting)
      return () => listeners.delete(listener)
    },
    accept() {
      if (isAccepted) return
      isAccepted = true
      if (hasTakenOver) location.reload()
      else worker.messageSkipWaiting()
    },
  }
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

/** The only script address that this page ever makes: the content security policy admits no other policy than this. */
function scriptAddress(): ScriptAddress {
  const policy = window.trustedTypes?.createPolicy('letterlock', {
    createScriptURL(address) {
      if (address !== SCRIPT) throw new TypeError(`not a script of this app: ${address}`)
      return address
    },
  })
  return policy?.createScriptURL(SCRIPT) ?? SCRIPT
}

function reportRefusal(error: unknown): void {
  // oxlint-disable-next-line no-console -- the browser's reason (usually a certificate it does not trust) helps whoever runs the site
  console.warn('This browser refused the service worker; the app will not open offline.', error)
}

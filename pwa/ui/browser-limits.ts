/** What this browser does not do for Letterlock, though the app works in it. What it cannot do without is not of this list. */

import type { StorageHealth } from '../client/contract/storage-care.ts'

export type BrowserLimit = 'background-sync' | 'kept-storage'

export const LIMIT_WORDS: Readonly<Record<BrowserLimit, string>> = {
  'background-sync':
    'It sends waiting messages only while Letterlock is open. Leave a page of it open until they are sent.',
  'kept-storage':
    'It has not promised to keep Letterlock’s messages and keys when this device runs short of room. Leave some free.',
}

/** False in Firefox and Safari: there, nothing leaves once the last page is closed. */
export function sendsWhenClosed(): boolean {
  return 'ServiceWorkerRegistration' in globalThis && 'sync' in ServiceWorkerRegistration.prototype
}

/** Null for `health`: the browser has not answered yet. */
export function listBrowserLimits(health: StorageHealth | null): readonly BrowserLimit[] {
  const limits: BrowserLimit[] = []
  if (!sendsWhenClosed()) limits.push('background-sync')
  if (health && health.isPersistent !== true) limits.push('kept-storage')
  return limits
}

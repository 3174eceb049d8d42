/** What this browser does not do for Letterlock, though the app works in it. What it cannot do without is not of this list. */

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

/** Asks the browser anew each time: people change their minds about storage. */
export async function readBrowserLimits(): Promise<readonly BrowserLimit[]> {
  const limits: BrowserLimit[] = []
  if (!sendsWhenClosed()) limits.push('background-sync')
  if (!(await isStorageKept())) limits.push('kept-storage')
  return limits
}

/** WebKitGTK does not have the question, whatever the types say. */
async function isStorageKept(): Promise<boolean> {
  const storage = navigator.storage as Partial<StorageManager> | undefined // as above
  return (await storage?.persisted?.().catch(() => false)) ?? false
}

/** Whether the browser refused to store something because there is no room for it, in whatever Dexie wrapped that. */
export function isForWantOfRoom(error: unknown): boolean {
  if (!(error instanceof Error || error instanceof DOMException)) return false
  if (error.name === 'QuotaExceededError') return true
  const { inner } = error as { inner?: unknown } // of Dexie's errors: what the browser said
  return isForWantOfRoom(inner) || isForWantOfRoom(error.cause)
}

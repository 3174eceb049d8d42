/** Ends the server's session after a sign-out that it may not have heard of. */
import { Refused, type Api } from './api/http.ts'
import type { KeyStorage } from './environment.ts'
import { forgetEndPending, isEndPending, readMarker, writeMarker } from './marker.ts'

/**
 * What it returns ends the session if that is due. Throws `Refused` and `Unreachable`; then it stays due. Calls while one is under way
 * wait for that one: a second request would end the session of whoever signs in meanwhile.
 */
export function createSessionEnd(api: Api, storage: KeyStorage): (signal?: AbortSignal) => Promise<void> {
  let running: Promise<void> | null = null

  async function end(signal: AbortSignal | undefined): Promise<void> {
    if (!isEndPending(storage)) return
    await api.call('endSession', { body: {}, ...(signal && { signal }) }).catch((error: unknown) => {
      if (!(error instanceof Refused) || error.status !== 401) throw error
    })
    forgetEndPending(storage)
    const marker = readMarker(storage)
    if (marker) writeMarker(storage, { ...marker, isEndPending: false })
  }

  return (signal) => {
    running ??= end(signal).finally(() => {
      running = null
    })
    return running
  }
}

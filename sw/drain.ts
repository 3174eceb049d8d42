/** The outboxes of this browser, sent from the worker: ciphertext only, the keys stay with the pages. */
import { createApi } from '../pwa/client/api/http.ts'
import { AccountDatabase, listDatabaseAccounts } from '../pwa/client/history/database.ts'
import { drainOutbox } from '../pwa/client/sync/drain-outbox.ts'

declare const self: ServiceWorkerGlobalScope

/** Browsers end a worker that takes longer than minutes over one event. */
const WORK_MOST_MS = 60_000

/** Thrown to the browser, which then asks again later. */
class StillQueued extends Error {
  override readonly name = 'StillQueued'
}

/**
 * Sends the outbox of the account that is signed in, if it has a database here. Throws `StillQueued` when the server could
 * not be reached, so that the browser tries again; a session that is over, or rows that need keys, wait for a page.
 */
export async function drainAll(): Promise<void> {
  const api = createApi((input, init) => self.fetch(input, init))
  const session = await api.call('session').catch((cause: unknown) => {
    throw new StillQueued('the server was not reached', { cause })
  })
  const account = session.account?.id
  if (account === undefined || !(await listDatabaseAccounts()).includes(account)) return
  const database = new AccountDatabase(account)
  try {
    const outcome = await drainOutbox({
      account,
      database,
      api,
      locks: self.navigator.locks,
      nowMs: () => Date.now(),
      mayJudgeStale: false,
      signal: AbortSignal.timeout(WORK_MOST_MS),
    })
    if (outcome.state === 'unreachable') throw new StillQueued('the server was not reached')
  } finally {
    database.close()
  }
}

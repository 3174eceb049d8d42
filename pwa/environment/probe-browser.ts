/** What this browser, or this window of it, lacks. Found out once, before anything is started. */
import type { Lack } from '../client/contract/status.ts'

const PROBE = 'letterlock-probe'
/** An IndexedDB that neither opens nor fails: what waits for it later says so. */
const ANSWER_MOST_MS = 3_000

/** Left out at insecure addresses, in some private windows and in old browsers, whatever the compiler's library says. */
interface Surroundings {
  readonly crypto?: { readonly subtle?: unknown }
  readonly BroadcastChannel?: unknown
  readonly navigator: { readonly locks?: unknown }
}

/** The worker is left out: whether the browser takes it shows when it is registered. */
export async function probeBrowser(): Promise<readonly Lack[]> {
  const lacks: Lack[] = []
  const { crypto, BroadcastChannel: channel, navigator: browser }: Surroundings = globalThis
  if (crypto?.subtle === undefined) lacks.push('encryption')
  if (!hasKeyStorage()) lacks.push('key-storage')
  if (!(await opensDatabase())) lacks.push('database')
  if (browser.locks === undefined || channel === undefined) lacks.push('tabs')
  return lacks
}

/** Where site data is blocked, to name localStorage alone throws. One that is full is there. */
function hasKeyStorage(): boolean {
  try {
    localStorage.getItem(PROBE)
    return true
  } catch {
    return false
  }
}

function opensDatabase(): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(true), ANSWER_MOST_MS)
    try {
      const request = indexedDB.open(PROBE)
      request.addEventListener('error', () => resolve(false))
      request.addEventListener('success', () => {
        request.result.close()
        indexedDB.deleteDatabase(PROBE)
        resolve(true)
      })
    } catch {
      resolve(false)
    }
  })
}

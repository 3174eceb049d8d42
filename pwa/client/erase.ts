/** Takes everything of an account out of this browser; with the last account, everything of the site. */
import { Dexie } from 'dexie'
import type { BrowserEnvironment, KeyStorage } from './environment.ts'
import { databaseName, listDatabaseAccounts } from './history/database.ts'
import { forgetInstall } from './install/places.ts'
import { END_PENDING } from './marker.ts'
import { runLock } from './sync/run.ts'

/** Tabs that are awake close the account at once, unless the machine is busy; one that is frozen cannot. */
const TABS_CLOSE_WITHIN_MS = 10_000
const DELETED_WITHIN_MS = 5_000

export interface EraseParts {
  readonly environment: Pick<BrowserEnvironment, 'keyStorage' | 'siteStorage' | 'installPlaces'>
  readonly locks: LockManager
}

/**
 * Waits until every tab has closed the account (whoever calls has told them), then erases. False: another window still holds
 * the database, which goes when that window closes.
 */
export function eraseAccount({ environment, locks }: EraseParts, account: number): Promise<boolean> {
  return whenTabsHaveClosed(locks, account, async () => {
    const { keyStorage, siteStorage } = environment
    const isLast = !(await hasOtherAccount(keyStorage, account))
    removeItems(keyStorage, isLast ? 'letterlock/' : `letterlock/${account}/`)
    await forgetInstall(environment, account)
    const isGone = await deleteDatabase(databaseName(account))
    if (isLast) await siteStorage.eraseSite()
    return isGone
  })
}

async function whenTabsHaveClosed<T>(
  locks: LockManager,
  account: number,
  work: () => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(TABS_CLOSE_WITHIN_MS)
  try {
    return await locks.request(runLock(account), { signal }, work)
  } catch (error) {
    if (!signal.aborted) throw error
    return work()
  }
}

/** By its database or by its keys: either may have been lost. */
async function hasOtherAccount(storage: KeyStorage, account: number): Promise<boolean> {
  if ((await listDatabaseAccounts()).some((other) => other !== account)) return true
  return namesOf(storage).some((name) => {
    const owner = /^letterlock\/([0-9]+)\//.exec(name)?.[1]
    return owner !== undefined && owner !== String(account)
  })
}

const namesOf = (storage: KeyStorage): readonly string[] =>
  Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')

function removeItems(storage: KeyStorage, prefix: string): void {
  for (const name of namesOf(storage).filter((one) => one.startsWith(prefix) && one !== END_PENDING))
    storage.removeItem(name)
}

function deleteDatabase(name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    setTimeout(() => resolve(false), DELETED_WITHIN_MS)
    Dexie.delete(name).then(() => resolve(true), reject)
  })
}

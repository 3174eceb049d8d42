/** Takes everything of an account out of this browser; with the last account, everything of the site. */
import { Dexie } from 'dexie'
import type { BrowserEnvironment, KeyStorage } from './environment.ts'
import { databaseName, listDatabaseAccounts } from './history/database.ts'
import { forgetInstall } from './install/places.ts'
import { namesUnder, ownerOf, prefixOf } from './item-names.ts'
import { holdLockIfFree } from './lock.ts'
import { forgetErasing, isErasureNote, readErasing } from './marker.ts'
import { runLock } from './sync/run.ts'

/** Held, shared, by each tab that opens an account, and alone by one that erases: nothing is opened that is about to go. */
const OPENING = 'letterlock-opening'
const DELETED_WITHIN_MS = 5_000

export interface EraseParts {
  readonly environment: Pick<BrowserEnvironment, 'keyStorage' | 'siteStorage' | 'installPlaces'>
  readonly locks: LockManager
}

/**
 * Waits until every tab has closed the account (whoever calls has told them), then erases. Tabs that are awake do that at once,
 * unless the machine is busy; one that is frozen is not waited for. False: another window still holds the database, which goes
 * when that window closes.
 */
export const eraseAccount = (parts: EraseParts, account: number): Promise<boolean> =>
  alone(parts, () =>
    holdLockIfFree({ locks: parts.locks, name: runLock(account) }, () => eraseNow(parts, account)),
  )

/** Brings to its end what the tab that erased could not, because it was closed or crashed. */
export async function finishErasing(parts: EraseParts): Promise<void> {
  if (readErasing(parts.environment.keyStorage) === null) return
  await alone(parts, async () => {
    // Unless that tab is still there, and has done it meanwhile.
    const account = readErasing(parts.environment.keyStorage)
    if (account !== null) await eraseNow(parts, account)
  })
}

const alone = <T>({ locks }: EraseParts, work: () => Promise<T>): Promise<T> =>
  holdLockIfFree({ locks, name: OPENING }, work)

/** Runs `work`, which opens an account, while no tab erases one. */
export const whileNobodyErases = <T>(locks: LockManager, work: () => Promise<T>): Promise<T> =>
  holdLockIfFree({ locks, name: OPENING, mode: 'shared' }, work)

async function eraseNow({ environment }: EraseParts, account: number): Promise<boolean> {
  const { keyStorage, siteStorage } = environment
  const isLast = !(await hasOtherAccount(keyStorage, account))
  removeItems(keyStorage, isLast ? 'letterlock/' : prefixOf(account))
  await forgetInstall(environment, account)
  const isGone = await deleteDatabase(databaseName(account))
  if (isLast) await siteStorage.eraseSite()
  forgetErasing(keyStorage)
  return isGone
}

/** By its database or by its keys: either may have been lost. */
async function hasOtherAccount(storage: KeyStorage, account: number): Promise<boolean> {
  const owners = namesUnder(storage, '').map(ownerOf)
  return [...owners, ...(await listDatabaseAccounts())].some((other) => other !== null && other !== account)
}

function removeItems(storage: KeyStorage, prefix: string): void {
  for (const name of namesUnder(storage, prefix)) if (!isErasureNote(name)) storage.removeItem(name)
}

function deleteDatabase(name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    setTimeout(() => resolve(false), DELETED_WITHIN_MS)
    Dexie.delete(name).then(() => resolve(true), reject)
  })
}

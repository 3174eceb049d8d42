/** The four places of a browser that keep the id of an account's install, so that what is cleared shows by what is not. */
import type { BrowserEnvironment, InstallPlace, KeyStorage } from '../environment.ts'
import type { AccountDatabase } from '../history/database.ts'
import type { FoundIds } from './judge-loss.ts'

type PlacesOutside = Pick<BrowserEnvironment, 'keyStorage' | 'installPlaces'>

export type Places = Readonly<Record<'keyStorage' | 'cache' | 'cookie', InstallPlace>>

/** 16 bytes as base64url. */
const ID = /^[A-Za-z0-9_-]{22}$/

/** The places outside the account's database. */
export const placesOf = ({ keyStorage, installPlaces }: PlacesOutside): Places => ({
  keyStorage: placeIn(keyStorage),
  ...installPlaces,
})

/**
 * Nothing is written once the account is closed in this tab: it may be erased from then on. The cache alone takes its time, and
 * is emptied again.
 */
export function whileOpen({ keyStorage, cookie, cache }: Places, signal: AbortSignal): Places {
  const guard = (place: InstallPlace, write: InstallPlace['write']): InstallPlace => ({
    read: (account) => place.read(account),
    write: async (account, id) => (signal.aborted ? undefined : write(account, id)),
    remove: (account) => place.remove(account),
  })
  return {
    keyStorage: guard(keyStorage, (account, id) => keyStorage.write(account, id)),
    cookie: guard(cookie, (account, id) => cookie.write(account, id)),
    cache: guard(cache, async (account, id) => {
      await cache.write(account, id)
      if (signal.aborted) await cache.remove(account)
    }),
  }
}

const nameOf = (account: number): string => `letterlock/install/${account}`

function placeIn(storage: KeyStorage): InstallPlace {
  return {
    read: async (account) => storage.getItem(nameOf(account)),
    write: async (account, id) => storage.setItem(nameOf(account), id),
    remove: async (account) => storage.removeItem(nameOf(account)),
  }
}

/** Reads all four. A place that cannot be read counts as empty: the others speak for it. */
export async function readIds(places: Places, account: number, database: AccountDatabase): Promise<FoundIds> {
  const readPlace = async (place: InstallPlace): Promise<string | null> => {
    const id = await place.read(account).catch(() => null)
    return id !== null && ID.test(id) ? id : null
  }
  const [keyStorage, cache, cookie, row] = await Promise.all([
    readPlace(places.keyStorage),
    readPlace(places.cache),
    readPlace(places.cookie),
    database.meta.get('install'),
  ])
  return { keyStorage, cache, cookie, database: row?.name === 'install' ? row.id : null }
}

/**
 * Writes one id to all four: the one that a place outside the database has, or the database's, or `fresh`. The database
 * comes first and decides between tabs that do this at once.
 */
export async function writeIds(
  places: Places,
  account: number,
  { database, fresh }: { database: AccountDatabase; fresh: string },
): Promise<void> {
  const found = await readIds(places, account, database)
  const besides = found.keyStorage ?? found.cookie ?? found.cache
  const id = await database.transaction('rw', database.meta, async () => {
    const row = await database.meta.get('install')
    const kept = row?.name === 'install' ? row.id : null
    const chosen = besides ?? kept ?? fresh
    if (chosen !== kept) await database.meta.put({ name: 'install', id: chosen })
    return chosen
  })
  // A place that takes nothing, as a full one, is one witness less.
  const write = (place: InstallPlace): Promise<void> => place.write(account, id).catch(() => undefined)
  if (found.keyStorage !== id) await write(places.keyStorage)
  if (found.cache !== id) await write(places.cache)
  // A cookie has a latest end, which moves with each writing.
  await write(places.cookie)
}

/** Takes the id of an account out of all places but its database, which is erased as a whole. */
export async function forgetInstall(environment: PlacesOutside, account: number): Promise<void> {
  // A place that is not there keeps nothing.
  for (const place of Object.values(placesOf(environment))) await place.remove(account).catch(() => undefined)
}

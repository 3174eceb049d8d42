/** All that a browser keeps for the app: taken, put back and cleared in part while no page of the app is open. */
import type { BrowserContext, CDPSession, Cookie, JSHandle, Page } from 'playwright-core'
import { PLACES, type Place } from '../client/loss-cases.ts'

interface KeptStore {
  readonly name: string
  readonly keyPath: string | string[] | null
  readonly indexes: readonly { readonly name: string; readonly keyPath: string | string[] }[]
  readonly rows: readonly unknown[]
}

interface Kept {
  readonly items: readonly (readonly [string, string])[]
  readonly cached: readonly (readonly [string, string])[]
  readonly database: {
    readonly name: string
    readonly version: number
    readonly stores: readonly KeptStore[]
  }
}

declare global {
  /** In the keeper's page. */
  var finish: <T>(request: IDBRequest<T>) => Promise<T>
  /** The account's database; null: there is none. */
  var openDatabase: () => Promise<IDBDatabase | null>
}

/** What the browser's own settings call them. */
const STORAGE_TYPES = { storage: 'local_storage', database: 'indexeddb', cache: 'cache_storage' } as const
const INSTALL_COOKIE = /^__Host-install-/
const CACHE = 'letterlock-install'

export class StorageKeeper {
  readonly #context: BrowserContext
  readonly #origin: string
  readonly #page: Page
  readonly #cdp: CDPSession
  #kept: { readonly inPage: JSHandle<Kept>; readonly cookies: readonly Cookie[] } | null = null

  /** Opens a page of the origin that is not the app's. */
  static async open(context: BrowserContext, origin: string): Promise<StorageKeeper> {
    const page = await context.newPage()
    await page.goto(`${origin}/manifest.webmanifest`)
    await page.evaluate(defineTools)
    return new StorageKeeper(context, origin, { page, cdp: await context.newCDPSession(page) })
  }

  private constructor(
    context: BrowserContext,
    origin: string,
    { page, cdp }: { page: Page; cdp: CDPSession },
  ) {
    this.#context = context
    this.#origin = origin
    this.#page = page
    this.#cdp = cdp
  }

  /** Rows of a table of the account's database. */
  countRows(table: string): Promise<number> {
    return this.#page.evaluate(async (name) => {
      const database = await openDatabase()
      const count = database ? await finish(database.transaction(name).objectStore(name).count()) : 0
      database?.close()
      return count
    }, table)
  }

  /** Takes what is there now. It lives in the memory of the keeper's page. */
  async take(): Promise<void> {
    this.#kept = { inPage: await this.#page.evaluateHandle(readAll, CACHE), cookies: await this.#cookies() }
  }

  async putBack(): Promise<void> {
    if (!this.#kept) throw new Error('nothing was taken')
    await this.#context.addCookies([...this.#kept.cookies])
    await this.#page.evaluate(writeAll, [this.#kept.inPage, CACHE] as const)
  }

  async clear(place: Place): Promise<void> {
    if (place !== 'cookie') {
      const storageTypes = STORAGE_TYPES[place]
      await this.#cdp.send('Storage.clearDataForOrigin', { origin: this.#origin, storageTypes })
      return
    }
    for (const { name } of await this.#cookies())
      await this.#cdp.send('Network.deleteCookies', { name, url: this.#origin })
  }

  /** The places that have an install id now. */
  async listIds(): Promise<Place[]> {
    const inPage = await this.#page.evaluate(async (cacheName) => {
      const database = await openDatabase()
      const row: unknown =
        database && (await finish(database.transaction('meta').objectStore('meta').get('install')))
      database?.close()
      return {
        storage: Object.keys(localStorage).some((name) => name.startsWith('letterlock/install/')),
        database: Boolean(row),
        cache: (await (await caches.open(cacheName)).keys()).length > 0,
      }
    }, CACHE)
    const found = { ...inPage, cookie: (await this.#cookies()).length > 0 }
    return PLACES.filter((place) => found[place])
  }

  async #cookies(): Promise<Cookie[]> {
    return (await this.#context.cookies()).filter(({ name }) => INSTALL_COOKIE.test(name))
  }
}

function defineTools(): void {
  globalThis.finish = (request) =>
    new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error ?? new Error('no reason')))
    })
  globalThis.openDatabase = async () => {
    const names = (await indexedDB.databases()).map(({ name = '' }) => name)
    const name = names.find((one) => /^letterlock-[0-9]+$/.test(one))
    return name === undefined ? null : finish(indexedDB.open(name))
  }
}

async function readAll(cacheName: string): Promise<Kept> {
  const database = await openDatabase()
  if (!database) throw new Error('there is no database')
  const stores = await Promise.all(
    Array.from(database.objectStoreNames, async (name): Promise<KeptStore> => {
      const store = database.transaction(name).objectStore(name)
      const indexes = Array.from(store.indexNames, (index) => store.index(index))
      return {
        name,
        keyPath: store.keyPath,
        indexes: indexes.map((index) => ({ name: index.name, keyPath: index.keyPath })),
        rows: await finish(store.getAll()),
      }
    }),
  )
  database.close()
  const cache = await caches.open(cacheName)
  const addresses = (await cache.keys()).map(({ url }) => url)
  const cached = addresses.map(async (url) => [url, (await (await cache.match(url))?.text()) ?? ''] as const)
  return {
    items: Object.entries(localStorage).map(([name, value]) => [name, String(value)] as const),
    cached: await Promise.all(cached),
    database: { name: database.name, version: database.version, stores },
  }
}

async function writeAll([{ items, cached, database }, cacheName]: readonly [Kept, string]): Promise<void> {
  localStorage.clear()
  for (const [name, value] of items) localStorage.setItem(name, value)
  const cache = await caches.open(cacheName)
  for (const [url, text] of cached) await cache.put(url, new Response(text))
  await finish(indexedDB.deleteDatabase(database.name))
  const opening = indexedDB.open(database.name, database.version)
  opening.addEventListener('upgradeneeded', () => {
    for (const { name, keyPath, indexes } of database.stores) {
      const store = opening.result.createObjectStore(name, { keyPath })
      for (const index of indexes) store.createIndex(index.name, index.keyPath)
    }
  })
  const written = await finish(opening)
  const names = database.stores.map(({ name }) => name)
  const transaction = written.transaction(names, 'readwrite')
  for (const { name, rows } of database.stores) for (const row of rows) transaction.objectStore(name).put(row)
  await new Promise((resolve) => transaction.addEventListener('complete', resolve))
  written.close()
}

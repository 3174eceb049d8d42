/** A page that allocates IVs: with the app's own code, or with the mutant that it replaces. */
import { reserveIv } from '../../../pwa/client/history/counters.ts'
import { AccountDatabase } from '../../../pwa/client/history/database.ts'

const KEYS = 'AAAAAAAAAAAAAAAAAAAAAA'
const database = new AccountDatabase(1)

/**
 * Of this database. Chromium makes an empty one where it takes what a kill left for damaged (issue 146284 of its
 * tracker): the counters are gone with it, and the app begins new keys (`begunSinceLoss`).
 */
const idOfDatabase = (): Promise<string> =>
  database.transaction('rw', database.meta, async () => {
    const row = await database.meta.get('install')
    if (row?.name === 'install') return row.id
    const id = crypto.randomUUID()
    await database.meta.put({ name: 'install', id })
    return id
  })
const databaseId = idOfDatabase()

const allocators = {
  async real(): Promise<string> {
    return `${await databaseId} ${(await reserveIv(database, 2, KEYS)).iv}`
  },
  /** The counter that looks safe: in localStorage, under a Web Lock. */
  mutant(): Promise<string> {
    return navigator.locks.request('counter', () => {
      const next = Number(localStorage.getItem('counter') ?? '0') + 1
      localStorage.setItem('counter', String(next))
      return String(next)
    })
  },
}

export type Allocator = keyof typeof allocators

async function allocate(allocator: Allocator, count: number): Promise<string[]> {
  const issued: string[] = []
  for (let index = 0; index < count; index += 1) issued.push(await allocators[allocator]())
  return issued
}

/** Allocates until the browser is killed; each value is reported to the server before the next is asked for. */
async function allocateAndReport(allocator: Allocator, endpoint: string): Promise<void> {
  for (;;) {
    const iv = await allocators[allocator]()
    await fetch(endpoint, { method: 'POST', body: iv })
  }
}

Object.assign(window, { allocate, allocateAndReport })

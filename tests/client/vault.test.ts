// Before Dexie, which looks for it when it is loaded: live queries need it.
import 'fake-indexeddb/auto'
import { liveQuery } from 'dexie'
import { beforeEach, describe, expect, test } from 'vitest'
import { openVault, type Vault } from '../../pwa/client/vault/vault.ts'
import type { AccountDatabase } from '../../pwa/client/history/database.ts'
import { makeIdentity } from '../../pwa/protocol/identity.ts'
import { makeOffer } from '../../pwa/protocol/exchange.ts'
import { makePrekey } from '../../pwa/protocol/one-way.ts'
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import type { KeyPair } from '../../pwa/protocol/primitives.ts'
import { makeTools, meet } from '../protocol/two-parties.ts'
import { freshAccountId, freshId, openDatabase } from './account-databases.ts'
import { MemoryStorage } from './memory-storage.ts'

const tools = makeTools()

let account: number
let storage: MemoryStorage
let database: AccountDatabase
let identity: KeyPair
let closing: AbortController

beforeEach(async () => {
  closing = new AbortController()
  nowMs = Date.now()
  account = freshAccountId()
  storage = new MemoryStorage()
  database = await openDatabase(account)
  identity = await makeIdentity(tools)
  return () => database.close()
})

let nowMs = 0
const start = (): Promise<Vault> =>
  openVault({ account, storage, database, nowMs: () => nowMs, signal: closing.signal })
/** The start of another day: whatever was written has long reached the disk. */
function startLater(): Promise<Vault> {
  nowMs += 3 * 60_000
  return start()
}
const journalItems = async (): Promise<unknown[]> => database.journal.toCollection().primaryKeys()

/** What localStorage holds on the disk now: a killed browser comes back with it. */
const snapshot = (): [string, string][] => [...storage.items]
function killBrowser(disk: Iterable<[string, string]> = []): void {
  storage = new MemoryStorage(disk)
}

/** A vault whose identity was found in localStorage by a later start. */
async function startSettled(): Promise<Vault> {
  await (await start()).storeIdentity(identity)
  return startLater()
}

/** Every row of the database as text, without the journal. */
async function dumpWithoutJournal(): Promise<string> {
  const tables = database.tables.filter((table) => table.name !== 'journal')
  const rows = await Promise.all(tables.map((table) => table.toArray()))
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

describe('openVault', () => {
  test('knows of no keys in a new browser', async () => {
    const vault = await start()
    expect(vault.keys.value).toEqual({ state: 'unknown' })
    expect(await vault.identity()).toBeNull()
  })

  test('holds what was stored, also after another start', async () => {
    const met = await meet(tools)
    const salt = met.salt
    const first = await start()
    await first.storeIdentity(identity)
    await first.storeHalf('offer', met.aliceHalf)
    await first.storeSecret('offer', met.aliceSecret)
    await first.storeSalt(met.aliceSecret.exchange, 'keys', salt)
    for (const vault of [first, await start(), await start()]) {
      expect(await vault.identity()).toEqual(identity)
      expect(await vault.half(met.aliceHalf.exchange, 'offer')).toEqual(met.aliceHalf)
      expect(await vault.secret(met.aliceSecret.exchange, 'offer')).toEqual(met.aliceSecret)
      expect(await vault.salt(met.aliceSecret.exchange, 'keys')).toBe(salt)
      expect(vault.keys.value).toEqual({ state: 'present' })
      expect([...vault.heldExchanges()]).toEqual([met.aliceSecret.exchange])
    }
  })

  test('keeps accounts of one browser apart', async () => {
    await (await start()).storeIdentity(identity)
    const other = await openDatabase(freshAccountId())
    const vault = await openVault({
      account: Number(other.name.split('-')[1]),
      storage,
      database: other,
      nowMs: () => nowMs,
      signal: closing.signal,
    })
    expect(await vault.identity()).toBeNull()
    other.close()
  })

  test('writes no key to localStorage once the account is closed, for it may be erased by then', async () => {
    const vault = await start()
    const works = [
      () => vault.storeIdentity(identity),
      async () => vault.storePrekeys([await makePrekey(tools)]),
      () => vault.restore(new Map([['exchange/one/secret', '{}']]), null),
    ]
    // Closing lets what the journal has begun come to its end.
    database.journal.hook('creating', () => closing.abort())
    for (const work of works) await expect(work()).rejects.toMatchObject({ name: 'AbortError' })
    expect(snapshot()).toEqual([])
    expect(vault.keys.value).toEqual({ state: 'unknown' })
  })

  test('writes the journal before localStorage', async () => {
    const vault = await start()
    storage.isFull = true
    const writes: string[] = []
    database.journal.hook('creating', () => void writes.push('journal'))
    const refuse = storage.setItem.bind(storage)
    storage.setItem = (name, value) => {
      writes.push('localStorage')
      refuse(name, value)
    }
    await expect(vault.storeIdentity(identity)).rejects.toMatchObject({ code: 'storage_failed' })
    expect(writes).toEqual(['journal', 'localStorage'])
  })

  test('empties the journal when a later start finds its items in localStorage', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    await vault.storeSalt('exchange', 'keys', 'salt')
    expect(await journalItems()).toHaveLength(2)
    await startLater()
    expect(await journalItems()).toEqual([])
  })

  test('keeps the journal while localStorage may not have reached the disk, however often it is opened', async () => {
    await (await start()).storeIdentity(identity)
    const secondTab = await start()
    expect(secondTab.keys.value).toEqual({ state: 'present' })
    killBrowser()
    const repaired = await start()
    expect(repaired.keys.value).toEqual({ state: 'present' })
    expect(await repaired.identity()).toEqual(identity)
  })

  test('says that the storage is full when a repair finds no room, and repairs when there is', async () => {
    await (await start()).storeIdentity(identity)
    killBrowser()
    storage.isFull = true
    expect((await start()).keys.value).toEqual({ state: 'storage-full' })
    storage.isFull = false
    expect(await (await start()).identity()).toEqual(identity)
  })

  test('leaves no private key in IndexedDB but in the journal', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    const { half } = await makeOffer(tools, { self: { account, identity }, contact: 7 })
    await vault.storeHalf(freshId(), half)
    const journal = JSON.stringify(await database.journal.toArray())
    await startLater()
    for (const key of [identity.privateKey, half.keyPair.privateKey]) {
      expect(journal).toContain(toBase64url(key))
      expect(await dumpWithoutJournal()).not.toContain(toBase64url(key))
    }
    expect(await database.journal.count()).toBe(0)
  })

  test('repairs a crash that localStorage lost the keys in', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    await vault.storeSalt('exchange', 'keys', 'salt')
    killBrowser()
    const repaired = await start()
    expect(repaired.keys.value).toEqual({ state: 'present' })
    expect(await repaired.identity()).toEqual(identity)
    expect(await repaired.salt('exchange', 'keys')).toBe('salt')
    expect(storage.length).toBe(2)
  })

  test('repairs again when the browser is killed before the repair has reached the disk', async () => {
    await (await start()).storeIdentity(identity)
    killBrowser()
    await start()
    killBrowser()
    const repaired = await start()
    expect(repaired.keys.value).toEqual({ state: 'present' })
    expect(await repaired.identity()).toEqual(identity)
  })

  test('repairs a later item when only that did not reach the disk', async () => {
    const vault = await startSettled()
    const disk = snapshot()
    await vault.storeSalt('exchange', 'keys', 'salt')
    killBrowser(disk)
    const repaired = await start()
    expect(await repaired.salt('exchange', 'keys')).toBe('salt')
    expect(repaired.keys.value).toEqual({ state: 'present' })
  })

  test('takes a clearing for a clearing once a start has found the keys in localStorage', async () => {
    const vault = await startSettled()
    await vault.storeSalt('exchange', 'keys', 'salt')
    storage.clear()
    const cleared = await start()
    expect(cleared.keys.value).toEqual({ state: 'gone', canPutBack: false })
    expect(await cleared.identity()).toBeNull()
    expect(await cleared.salt('exchange', 'keys')).toBeNull()
    expect(await journalItems()).toEqual([])
    expect(storage.length).toBe(0)
  })
})

describe('check', () => {
  test('finds keys gone that were cleared while the vault was open', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    await vault.check()
    expect(vault.keys.value).toEqual({ state: 'present' })
    storage.clear()
    await vault.check()
    expect(vault.keys.value).toEqual({ state: 'gone', canPutBack: true })
    expect(await journalItems()).toEqual([])
  })

  test('finds them gone in every tab', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    const secondTab = await start()
    storage.clear()
    await Promise.all([vault.check(), secondTab.check()])
    for (const { keys } of [vault, secondTab]) expect(keys.value).toEqual({ state: 'gone', canPutBack: true })
  })

  test('finds them gone when one item was removed', async () => {
    const vault = await startSettled()
    await vault.storeSalt('exchange', 'keys', 'salt')
    storage.removeItem(`letterlock/${account}/exchange/exchange/salt/keys`)
    await vault.check()
    expect(vault.keys.value).toEqual({ state: 'gone', canPutBack: true })
  })

  test('runs before every use of a key', async () => {
    const vault = await startSettled()
    storage.clear()
    expect(await vault.identity()).toBeNull()
    expect(vault.keys.value).toEqual({ state: 'gone', canPutBack: true })
  })

  test('honours a clearing that a live query met first, in which nothing can be written', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    storage.clear()
    const read = await new Promise((resolve, reject) => {
      liveQuery(() => vault.identity()).subscribe(resolve, reject)
    })
    expect(read).toBeNull()
    expect(vault.keys.value).toEqual({ state: 'gone', canPutBack: true })
    await vault.forgetLost()
    expect(await vault.identity()).toBeNull()
    expect(await journalItems()).toEqual([])
  })

  test('takes away one lost item from the journal too, though a live query met it first', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    await vault.storeSalt('exchange', 'keys', 'salt')
    storage.removeItem(`letterlock/${account}/exchange/exchange/salt/keys`)
    await new Promise((resolve, reject) => {
      liveQuery(() => vault.salt('exchange', 'keys')).subscribe(resolve, reject)
    })
    await vault.check()
    expect(await journalItems()).toEqual([])
  })

  test('lets nothing be stored or read any more', async () => {
    const vault = await startSettled()
    storage.clear()
    await vault.check()
    await expect(vault.storeSalt('exchange', 'keys', 'salt')).rejects.toMatchObject({ code: 'keys_gone' })
    expect(await vault.identity()).toBeNull()
    expect(vault.heldExchanges().size).toBe(0)
    expect(storage.length).toBe(0)
  })
})

describe('prekeys', () => {
  const itemOf = (id: string) => `letterlock/${account}/prekey/${id}`

  test('are held until they are destroyed', async () => {
    const vault = await startSettled()
    const [one, other] = [await makePrekey(tools), await makePrekey(tools)]
    await vault.storePrekeys([one, other])
    expect(await vault.prekey(one.id)).toEqual(one)
    expect(vault.listPrekeys()).toEqual([
      { id: one.id, madeAt: nowMs },
      { id: other.id, madeAt: nowMs },
    ])
    await vault.destroyPrekeys([one.id])
    expect(await vault.prekey(one.id)).toBeNull()
    expect(vault.listPrekeys().map(({ id }) => id)).toEqual([other.id])
    expect(storage.getItem(itemOf(one.id))).toBeNull()
  })

  test('come out of the journal after a crash', async () => {
    const vault = await startSettled()
    const disk = snapshot()
    const prekey = await makePrekey(tools)
    await vault.storePrekeys([prekey])
    killBrowser(disk)
    expect(await (await start()).prekey(prekey.id)).toEqual(prekey)
  })

  test('that were destroyed do not come back with a crash', async () => {
    const vault = await startSettled()
    const prekey = await makePrekey(tools)
    await vault.storePrekeys([prekey])
    const later = await startLater()
    const disk = snapshot()
    await later.destroyPrekeys([prekey.id])
    killBrowser(disk)
    const back = await start()
    expect(storage.getItem(itemOf(prekey.id))).toBeNull()
    expect(await back.prekey(prekey.id)).toBeNull()
    expect(back.listPrekeys()).toEqual([])
    await startLater()
    expect(await journalItems()).toEqual([])
  })

  test('used in another tab are not missed as if they were cleared', async () => {
    const vault = await startSettled()
    const prekey = await makePrekey(tools)
    await vault.storePrekeys([prekey])
    const other = await start()
    await other.destroyPrekeys([prekey.id])
    await vault.check()
    expect(vault.keys.value).toEqual({ state: 'present' })
    expect(vault.listPrekeys()).toEqual([])
  })

  test('are put back with the other keys', async () => {
    const vault = await startSettled()
    const prekey = await makePrekey(tools)
    await vault.storePrekeys([prekey])
    storage.clear()
    await vault.check()
    expect(vault.listPrekeys()).toEqual([])
    await vault.putBack()
    expect(await vault.prekey(prekey.id)).toEqual(prekey)
  })
})

describe('putBack', () => {
  test('writes what this tab still holds', async () => {
    const vault = await startSettled()
    await vault.storeSalt('exchange', 'keys', 'salt')
    const before = snapshot()
    storage.clear()
    await vault.check()
    await vault.putBack()
    expect(vault.keys.value).toEqual({ state: 'present' })
    expect(new Map(snapshot())).toEqual(new Map(before))
    expect(await vault.identity()).toEqual(identity)
  })

  test('lets another tab go on, too', async () => {
    const vault = await startSettled()
    const secondTab = await start()
    storage.clear()
    await Promise.all([vault.check(), secondTab.check()])
    await vault.putBack()
    await secondTab.check()
    expect(secondTab.keys.value).toEqual({ state: 'present' })
    expect(await secondTab.identity()).toEqual(identity)
  })

  test('claims nothing when there is nothing to put back', async () => {
    const vault = await startSettled()
    await vault.storeSalt('exchange', 'keys', 'salt')
    storage.removeItem(`letterlock/${account}/identity`)
    const cleared = await start()
    await cleared.putBack()
    expect(cleared.keys.value).toEqual({ state: 'gone', canPutBack: false })
  })
})

describe('forgetLost', () => {
  test('lets a new identity be made', async () => {
    const vault = await startSettled()
    storage.clear()
    await vault.check()
    await vault.forgetLost()
    expect(vault.keys.value).toEqual({ state: 'unknown' })
    const next = await makeIdentity(tools)
    await vault.storeIdentity(next)
    expect(await vault.identity()).toEqual(next)
  })

  test('leaves the new keys in the journal when a tab that slept through it wakes', async () => {
    const vault = await startSettled()
    await vault.storeSalt('exchange', 'keys', 'salt')
    const asleep = await start()
    storage.clear()
    await vault.check()
    await vault.forgetLost()
    await vault.storeIdentity(await makeIdentity(tools))
    await asleep.check()
    expect(asleep.keys.value).toEqual({ state: 'gone', canPutBack: true })
    expect(await journalItems()).toEqual(['identity'])
    await asleep.check()
    expect(asleep.keys.value).toEqual({ state: 'present' })
    expect(await asleep.identity()).toEqual(await vault.identity())
  })
})

describe('a full localStorage', () => {
  test('is told, and what could not be written does not count as stored', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    storage.isFull = true
    await expect(vault.storeSalt('exchange', 'keys', 'salt')).rejects.toMatchObject({
      code: 'storage_failed',
    })
    expect(vault.keys.value).toEqual({ state: 'storage-full' })
    expect(await vault.salt('exchange', 'keys')).toBeNull()
    expect(await vault.identity()).toEqual(identity)
    expect(await (await start()).salt('exchange', 'keys')).toBeNull()
  })

  test('is told no longer once there is room again', async () => {
    const vault = await start()
    await vault.storeIdentity(identity)
    storage.isFull = true
    await vault.storeSalt('exchange', 'keys', 'salt').catch(() => undefined)
    storage.isFull = false
    await vault.storeSalt('exchange', 'keys', 'salt')
    expect(await vault.salt('exchange', 'keys')).toBe('salt')
    expect(vault.keys.value).toEqual({ state: 'present' })
  })

  test('is found when a write is lost without an error', async () => {
    const vault = await start()
    storage.setItem = () => undefined
    await expect(vault.storeIdentity(identity)).rejects.toMatchObject({ code: 'storage_failed' })
    expect(await vault.identity()).toBeNull()
  })
})

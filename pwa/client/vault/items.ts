/**
 * Custody of secrets in this browser: every private key, shared secret and salt, in localStorage under the account's id.
 *
 * Items are written once and never changed, so no tab can overwrite what another wrote. Each goes to a journal in IndexedDB
 * first, because localStorage may reach the disk a minute late; a start that finds it in localStorage when it is older than
 * that takes it off the journal. Missing before that: a crash, and the journal repairs it. Missing after: somebody cleared
 * it, as they may have meant, and the keys are gone. Prekeys come and go: one that is missing was used, and the journal
 * remembers that it is to stay away.
 */
import { toBase64url } from '../../protocol/bytes.ts'
import { ClientError } from '../contract/client-error.ts'
import type { Keys } from '../contract/status.ts'
import type { KeyStorage } from '../environment.ts'
import { namesUnder, prefixOf } from '../item-names.ts'
import type { AccountDatabase, JournalRow } from '../history/database.ts'
import { createCell, type Cell } from '../live.ts'
import { isForWantOfRoom } from '../want-of-room.ts'
import { IDENTITY, mayGo, parseItem, readKeyPair } from './item-forms.ts'

export interface Items {
  readonly keys: Cell<Keys>
  /** All that this page holds, also what localStorage has lost meanwhile. */
  readonly held: ReadonlyMap<string, string>
  /** Counts what this page wrote. */
  readonly writes: Cell<number>
  readonly read: (item: string) => Promise<string | null>
  /** Throws `keys_gone` and `storage_failed`. */
  readonly write: (item: string, value: string) => Promise<void>
  /** All or none, in one transaction of the journal. Throws as `write`. */
  readonly writeAll: (items: ReadonlyMap<string, string>) => Promise<void>
  /** Used or outlived; a crash does not bring them back. */
  readonly destroy: (items: readonly string[]) => Promise<void>
  /** Looks whether anything held is gone from localStorage, or came back to it, and says so in `keys`. */
  readonly check: () => Promise<void>
  readonly putBack: () => Promise<void>
  /** What localStorage holds now. */
  readonly stored: () => ReadonlyMap<string, string>
  /**
   * Adds items to what localStorage holds, all or none, and lets go of what was lost. Throws `storage_failed`; then what was lost
   * can still be put back.
   */
  readonly restore: (items: ReadonlyMap<string, string>) => Promise<void>
  /** Lets go of what was lost, so that a new identity may be made. */
  readonly forgetLost: () => Promise<void>
}

export interface ItemParts {
  readonly account: number
  readonly storage: KeyStorage
  readonly database: AccountDatabase
  readonly nowMs: () => number
  /** Aborted when the account is closed in this tab: it may be erased from then on, and nothing more is written to localStorage. */
  readonly signal: AbortSignal
  /** What this page still holds of a vault before. */
  readonly memory?: ReadonlyMap<string, string> | undefined
}

const DESTROYED = ''
/** Chromium writes localStorage to the disk once a minute at the least; twice that is on the disk. */
const DISK_WITHIN_MS = 120_000

/** Opens the items and decides whether keys are missing. */
export async function openItems(parts: ItemParts): Promise<Items> {
  const { account, storage, database, nowMs, signal, memory } = parts
  const prefix = prefixOf(account)
  const keys = createCell<Keys>({ state: 'unknown' })
  const writes = createCell(0)
  const held = readAll(storage, prefix)
  /** A clearing was seen, and the journal could still undo it. */
  let isClearingDue = false
  if (memory?.has(IDENTITY)) remember(memory)
  else await settleJournal()

  /** The database was lost, and its journal with it: what localStorage lost as well may still be put back. */
  function remember(items: ReadonlyMap<string, string>): void {
    for (const [item, value] of items) held.set(item, value)
    keys.set(isWhole() ? { state: 'present' } : { state: 'gone', canPutBack: true })
  }

  async function settleJournal(): Promise<void> {
    const owner = await database.meta.get('account')
    const noted = owner?.name === 'account' ? owner.notedIdentity : null
    if (noted && !held.has(IDENTITY)) {
      await database.journal.clear()
      keys.set({ state: 'gone', canPutBack: false })
      return
    }
    const rows = await database.journal.toArray()
    await forgetOnDisk(rows.filter(isOnDisk))
    for (const { item } of rows.filter(isDestroyed)) removeStored(item)
    for (const row of rows) if (!isDestroyed(row) && !held.has(row.item) && !isRepaired(row)) return
    if (!(await database.journal.get(IDENTITY))) await noteIdentity()
    keys.set(held.has(IDENTITY) ? { state: 'present' } : { state: 'unknown' })
  }

  async function forgetOnDisk(rows: readonly JournalRow[]): Promise<void> {
    if (rows.length === 0) return
    await database.journal.bulkDelete(rows.map(({ item }) => item)).catch((error: unknown) => {
      // Even that needs room. Kept rows do no harm.
      if (!isForWantOfRoom(error)) throw error
    })
  }

  function isOnDisk({ item, value, at }: JournalRow): boolean {
    return (held.get(item) ?? DESTROYED) === value && nowMs() - at > DISK_WITHIN_MS
  }

  function removeStored(item: string): void {
    storage.removeItem(prefix + item)
    held.delete(item)
  }

  /** A browser without room keeps the journal, and says that its storage is full. */
  function isRepaired({ item, value }: JournalRow): boolean {
    try {
      writeStorage(item, value)
      return true
    } catch {
      return false
    }
  }

  async function noteIdentity(): Promise<void> {
    const identity = held.get(IDENTITY)
    const owner = await database.meta.get('account')
    if (identity === undefined || owner?.name !== 'account') return
    const notedIdentity = toBase64url(readKeyPair(parseItem(identity)).publicKey)
    if (owner.notedIdentity !== notedIdentity) await database.meta.put({ ...owner, notedIdentity })
  }

  function writeStorage(item: string, value: string): void {
    signal.throwIfAborted()
    try {
      storage.setItem(prefix + item, value)
    } catch (cause) {
      keys.set({ state: 'storage-full' })
      throw new ClientError('storage_failed', null, { cause })
    }
    if (storage.getItem(prefix + item) !== value) throw new ClientError('storage_failed')
    held.set(item, value)
  }

  async function write(item: string, value: string): Promise<void> {
    if (keys.value.state === 'gone') throw new ClientError('keys_gone')
    if (held.get(item) === value) return
    await database.journal.put({ item, value, at: nowMs() })
    try {
      writeStorage(item, value)
    } catch (error) {
      await database.journal.delete(item)
      throw error
    }
    writes.set(writes.value + 1)
    if (held.has(IDENTITY) && keys.value.state !== 'present') keys.set({ state: 'present' })
  }

  /** Another tab's write may reach this tab's localStorage later than its journal row. */
  async function read(item: string): Promise<string | null> {
    if (keys.value.state === 'gone') return null
    const stored = storage.getItem(prefix + item)
    if (stored !== null) {
      held.set(item, stored)
      return stored
    }
    if (held.has(item)) {
      look()
      return null
    }
    const row = await database.journal.get(item)
    return row && !isDestroyed(row) ? row.value : null
  }

  async function check(): Promise<void> {
    look()
    await clearJournal()
  }

  /** Writes nothing: what is read is often read for a live query, which may not write. */
  function look(): void {
    if (keys.value.state === 'gone') return noteReturn()
    if (isWhole()) return (dropUsed(), takeIn())
    isClearingDue = !isReplaced()
    keys.set({ state: 'gone', canPutBack: true })
  }

  /** What somebody cleared does not come back as what a crash has lost. */
  async function clearJournal(): Promise<void> {
    if (!isClearingDue) return
    await database.journal.clear()
    isClearingDue = false
  }

  function isWhole(): boolean {
    return [...held.keys()].every((item) => mayGo(item) || storage.getItem(prefix + item) !== null)
  }

  /** Prekeys that another tab used, and backups that it turned off. */
  function dropUsed(): void {
    for (const item of [...held.keys()].filter(mayGo))
      if (storage.getItem(prefix + item) === null) held.delete(item)
  }

  /** What another tab wrote is missed here too when it goes; and what is sealed under it counts as readable. */
  function takeIn(): void {
    const others = readAll(storage, prefix, (item) => !held.has(item))
    if (others.size === 0) return
    for (const [item, value] of others) held.set(item, value)
    if (keys.value.state !== 'storage-full' && held.has(IDENTITY)) keys.set({ state: 'present' })
  }

  /** Another tab made a new identity after the loss: the journal is that one's. */
  function isReplaced(): boolean {
    const identity = storage.getItem(prefix + IDENTITY)
    return identity !== null && identity !== held.get(IDENTITY)
  }

  /** Another tab put the keys back, or made new ones. */
  function noteReturn(): void {
    const isBack = storage.getItem(prefix + IDENTITY) !== null && isWhole()
    if (!isReplaced() && !isBack) return
    isClearingDue = false
    if (isReplaced()) holdStored()
    else keys.set({ state: 'present' })
  }

  function holdStored(): void {
    held.clear()
    for (const [item, value] of readAll(storage, prefix)) held.set(item, value)
    keys.set({ state: held.has(IDENTITY) ? 'present' : 'unknown' })
  }

  async function forgetLost(): Promise<void> {
    await clearJournal()
    holdStored()
  }

  async function writeAll(items: ReadonlyMap<string, string>): Promise<void> {
    if (keys.value.state === 'gone') throw new ClientError('keys_gone')
    const at = nowMs()
    await database.journal.bulkPut([...items].map(([item, value]) => ({ item, value, at })))
    try {
      for (const [item, value] of items) writeStorage(item, value)
    } catch (error) {
      await database.journal.bulkDelete([...items.keys()])
      throw error
    }
    writes.set(writes.value + 1)
  }

  async function destroy(items: readonly string[]): Promise<void> {
    await database.journal.bulkPut(items.map((item) => ({ item, value: DESTROYED, at: nowMs() })))
    for (const item of items) removeStored(item)
  }

  async function putBack(): Promise<void> {
    if (keys.value.state !== 'gone' || !keys.value.canPutBack) return
    await clearJournal()
    await database.journal.bulkPut([...held].map(([item, value]) => ({ item, value, at: nowMs() })))
    for (const [item, value] of held) writeStorage(item, value)
    keys.set({ state: 'present' })
  }

  const stored = (): ReadonlyMap<string, string> => readAll(storage, prefix)

  async function restore(items: ReadonlyMap<string, string>): Promise<void> {
    await clearJournal()
    await database.journal.bulkPut([...items].map(([item, value]) => ({ item, value, at: nowMs() })))
    signal.throwIfAborted()
    const before = stored()
    try {
      for (const [item, value] of items) {
        storage.setItem(prefix + item, value)
        if (storage.getItem(prefix + item) === value) continue
        throw new ClientError('storage_failed')
      }
    } catch (cause) {
      for (const item of items.keys()) if (!before.has(item)) storage.removeItem(prefix + item)
      await database.journal.bulkDelete([...items.keys()])
      throw new ClientError('storage_failed', null, { cause })
    }
    holdStored()
    writes.set(writes.value + 1)
  }

  return { keys, held, writes, stored, restore, read, write, writeAll, destroy, check, putBack, forgetLost }
}

const isDestroyed = ({ value }: JournalRow): boolean => value === DESTROYED

/** The account's items, or those of them that are wanted. */
function readAll(
  storage: KeyStorage,
  prefix: string,
  isWanted: (item: string) => boolean = () => true,
): Map<string, string> {
  const items = namesUnder(storage, prefix).map((name) => name.slice(prefix.length))
  return new Map(items.filter(isWanted).map((item) => [item, storage.getItem(prefix + item) ?? '']))
}

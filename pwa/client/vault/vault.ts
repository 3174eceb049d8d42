/**
 * Custody of secrets in this browser: every private key, shared secret and salt, in localStorage under the account's id.
 *
 * Items are written once and never changed, so no tab can overwrite what another wrote. Each goes to a journal in IndexedDB
 * first, because localStorage may reach the disk a minute late; a start that finds it in localStorage when it is older than
 * that takes it off the journal. Missing before that: a crash, and the journal repairs it. Missing after: somebody cleared
 * it, as they may have meant, and the keys are gone. Prekeys come and go: one that is missing was used, and the journal
 * remembers that it is to stay away.
 */
import type { KeyPair, PublicKey, PrivateKey, SharedSecret } from '../../protocol/primitives.ts'
import type { ExchangeHalf, ExchangeSecret } from '../../protocol/exchange.ts'
import type { OwnPrekey } from '../../protocol/one-way.ts'
import { fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import { ClientError, type Keys } from '../client.ts'
import type { KeyStorage } from '../environment.ts'
import type { AccountDatabase, JournalRow } from '../history/database.ts'
import { createCell, type Cell } from '../live.ts'

export interface Vault {
  readonly keys: Cell<Keys>
  identity(): Promise<KeyPair | null>
  storeIdentity(identity: KeyPair): Promise<void>
  half(exchange: string, entryId: string): Promise<ExchangeHalf | null>
  storeHalf(entryId: string, half: ExchangeHalf): Promise<void>
  /** The secret that this browser derived with the offer or answer `entryId` of its own. */
  secret(exchange: string, entryId: string): Promise<ExchangeSecret | null>
  storeSecret(entryId: string, secret: ExchangeSecret): Promise<void>
  salt(exchange: string, keys: string): Promise<string | null>
  storeSalt(exchange: string, keys: string, salt: string): Promise<void>
  /** The private half of a prekey of ours; null: unknown or used. */
  prekey(id: string): Promise<OwnPrekey | null>
  storePrekeys(prekeys: readonly OwnPrekey[]): Promise<void>
  /** Used or outlived; a crash does not bring them back. */
  destroyPrekeys(ids: readonly string[]): Promise<void>
  /** The prekeys whose private halves are held, with the time when they were made, by this device's clock. */
  listPrekeys(): readonly { readonly id: string; readonly madeAt: number }[]
  /** Exchanges whose secret this browser holds. */
  heldExchanges(): ReadonlySet<string>
  /** Looks whether anything held is gone from localStorage, or came back to it, and says so in `keys`. */
  check(): Promise<void>
  putBack(): Promise<void>
  /** Lets go of what was lost, so that a new identity may be made. */
  forgetLost(): void
  /** All that this page holds, for the vault that is opened when the database was lost under this one. */
  memory(): ReadonlyMap<string, string>
}

interface VaultParts {
  readonly account: number
  readonly storage: KeyStorage
  readonly database: AccountDatabase
  readonly nowMs: () => number
  /** What this page still holds of a vault before. */
  readonly memory?: ReadonlyMap<string, string> | undefined
}

const IDENTITY = 'identity'
const PREKEYS = 'prekey/'
const DESTROYED = ''
/** Chromium writes localStorage to the disk once a minute at the least; twice that is on the disk. */
const DISK_WITHIN_MS = 120_000

/** Opens the vault and decides whether keys are missing. */
export async function openVault(parts: VaultParts): Promise<Vault> {
  const { account, storage, database, nowMs, memory } = parts
  const prefix = `letterlock/${account}/`
  const keys = createCell<Keys>({ state: 'unknown' })
  const held = readAll(storage, prefix)
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
    await database.journal.bulkDelete(rows.filter(isOnDisk).map((row) => row.item))
    for (const { item } of rows.filter(isDestroyed)) removeStored(item)
    for (const row of rows) if (!isDestroyed(row) && !held.has(row.item) && !isRepaired(row)) return
    if (!(await database.journal.get(IDENTITY))) await noteIdentity()
    keys.set(held.has(IDENTITY) ? { state: 'present' } : { state: 'unknown' })
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
    await database.meta.put({ ...owner, notedIdentity: toBase64url(readKeyPair(parse(identity)).publicKey) })
  }

  function writeStorage(item: string, value: string): void {
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
      await check()
      return null
    }
    const row = await database.journal.get(item)
    return row && !isDestroyed(row) ? row.value : null
  }

  async function check(): Promise<void> {
    if (keys.value.state === 'gone') return noteReturn()
    if (isWhole()) return (dropUsed(), takeIn())
    keys.set({ state: 'gone', canPutBack: true })
    await database.journal.clear()
  }

  function isWhole(): boolean {
    return [...held.keys()].every((item) => isPrekey(item) || storage.getItem(prefix + item) !== null)
  }

  /** Prekeys that another tab used. */
  function dropUsed(): void {
    for (const item of [...held.keys()].filter(isPrekey))
      if (storage.getItem(prefix + item) === null) held.delete(item)
  }

  /** What another tab wrote is missed here too when it goes; and what is sealed under it counts as readable. */
  function takeIn(): void {
    const others = readAll(storage, prefix, (item) => !held.has(item))
    if (others.size === 0) return
    for (const [item, value] of others) held.set(item, value)
    if (keys.value.state !== 'storage-full' && held.has(IDENTITY)) keys.set({ state: 'present' })
  }

  /** Another tab put the keys back, or made a new identity. */
  function noteReturn(): void {
    const identity = storage.getItem(prefix + IDENTITY)
    if (identity === null) return
    if (identity !== held.get(IDENTITY)) forgetLost()
    else if (isWhole()) keys.set({ state: 'present' })
  }

  function forgetLost(): void {
    held.clear()
    for (const [item, value] of readAll(storage, prefix)) held.set(item, value)
    keys.set({ state: held.has(IDENTITY) ? 'present' : 'unknown' })
  }

  return {
    keys,
    check,
    async identity() {
      const text = await read(IDENTITY)
      return text === null ? null : readKeyPair(parse(text))
    },
    storeIdentity: (identity) => write(IDENTITY, JSON.stringify(writeKeyPair(identity))),
    async half(exchange, entryId) {
      const text = await read(halfItem(exchange, entryId))
      if (text === null) return null
      const value = parse(text)
      return {
        exchange,
        role: value['role'] === 'responder' ? 'responder' : 'initiator',
        keyPair: readKeyPair(value),
      }
    },
    storeHalf: (entryId, { exchange, role, keyPair }) =>
      write(halfItem(exchange, entryId), JSON.stringify({ role, ...writeKeyPair(keyPair) })),
    async secret(exchange, entryId) {
      const text = await read(secretItem(exchange, entryId))
      return text === null ? null : readSecret(exchange, parse(text))
    },
    storeSecret: (entryId, secret) =>
      write(
        secretItem(secret.exchange, entryId),
        JSON.stringify({
          initiator: secret.initiator,
          responder: secret.responder,
          secret: toBase64url(secret.secret),
          transcript: toBase64url(secret.transcript),
        }),
      ),
    async prekey(id) {
      const text = await read(PREKEYS + id)
      return text === null ? null : { id, keyPair: readKeyPair(parse(text)) }
    },
    async storePrekeys(prekeys) {
      if (keys.value.state === 'gone') throw new ClientError('keys_gone')
      const at = nowMs()
      const rows = prekeys.map(({ id, keyPair }) => ({
        item: PREKEYS + id,
        value: JSON.stringify({ madeAt: at, ...writeKeyPair(keyPair) }),
        at,
      }))
      await database.journal.bulkPut(rows)
      try {
        for (const { item, value } of rows) writeStorage(item, value)
      } catch (error) {
        await database.journal.bulkDelete(rows.map(({ item }) => item))
        throw error
      }
    },
    async destroyPrekeys(ids) {
      const items = ids.map((id) => PREKEYS + id)
      await database.journal.bulkPut(items.map((item) => ({ item, value: DESTROYED, at: nowMs() })))
      for (const item of items) removeStored(item)
    },
    listPrekeys() {
      if (keys.value.state === 'gone') return []
      return [...held]
        .filter(([item]) => isPrekey(item))
        .map(([item, text]) => ({ id: item.slice(PREKEYS.length), madeAt: Number(parse(text)['madeAt']) }))
    },
    salt: (exchange, keySet) => read(saltItem(exchange, keySet)),
    storeSalt: (exchange, keySet, salt) => write(saltItem(exchange, keySet), salt),
    heldExchanges() {
      if (keys.value.state === 'gone') return new Set()
      const secrets = [...held.keys()].filter((item) => item.endsWith('/secret'))
      return new Set(secrets.map((item) => item.split('/')[1] ?? ''))
    },
    async putBack() {
      if (keys.value.state !== 'gone' || !keys.value.canPutBack) return
      await database.journal.bulkPut([...held].map(([item, value]) => ({ item, value, at: nowMs() })))
      for (const [item, value] of held) writeStorage(item, value)
      keys.set({ state: 'present' })
    },
    forgetLost,
    memory: () => held,
  }
}

const isPrekey = (item: string): boolean => item.startsWith(PREKEYS)
const isDestroyed = ({ value }: JournalRow): boolean => value === DESTROYED
const halfItem = (exchange: string, entryId: string): string => `exchange/${exchange}/${entryId}/half`
const secretItem = (exchange: string, entryId: string): string => `exchange/${exchange}/${entryId}/secret`
const saltItem = (exchange: string, keys: string): string => `exchange/${exchange}/salt/${keys}`

/** The account's items, or those of them that are wanted. */
function readAll(
  storage: KeyStorage,
  prefix: string,
  isWanted: (item: string) => boolean = () => true,
): Map<string, string> {
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  const items = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  return new Map(items.filter(isWanted).map((item) => [item, storage.getItem(prefix + item) ?? '']))
}

type Item = Readonly<Record<string, unknown>>

function parse(text: string): Item {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Item // checked on the line before
  } catch (cause) {
    throw new ClientError('storage_failed', null, { cause })
  }
  throw new ClientError('storage_failed')
}

function readBytes(item: Item, name: string): Uint8Array<ArrayBuffer> {
  const value = item[name]
  if (typeof value !== 'string') throw new ClientError('storage_failed')
  return fromBase64url(value)
}

const readKeyPair = (item: Item): KeyPair => ({
  publicKey: readBytes(item, 'publicKey') as PublicKey, // only writeKeyPair writes these items
  privateKey: readBytes(item, 'privateKey') as PrivateKey, // as above
})

const writeKeyPair = (pair: KeyPair): Record<string, string> => ({
  publicKey: toBase64url(pair.publicKey),
  privateKey: toBase64url(pair.privateKey),
})

const readSecret = (exchange: string, item: Item): ExchangeSecret => ({
  exchange,
  initiator: Number(item['initiator']),
  responder: Number(item['responder']),
  secret: readBytes(item, 'secret') as SharedSecret, // only storeSecret writes these items
  transcript: readBytes(item, 'transcript'),
})

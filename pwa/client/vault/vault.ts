/** The secrets of an account in this browser, by what they are; `items.ts` keeps them. */
import type { ExchangeHalf, ExchangeSecret } from '../../protocol/exchange.ts'
import type { OwnPrekey } from '../../protocol/one-way.ts'
import type { KeyPair } from '../../protocol/primitives.ts'
import type { Keys } from '../contract/status.ts'
import type { Cell } from '../live.ts'
import {
  BACKUP,
  IDENTITY,
  PREKEYS,
  exchangeOf,
  forReadingItem,
  halfItem,
  isPrekey,
  parseItem,
  readKeyPair,
  readSecret,
  saltItem,
  secretItem,
  writeKeyPair,
  writeSecret,
  type Item,
} from './item-forms.ts'
import { openItems, type ItemParts } from './items.ts'

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
  /** Those of them that may be sealed under: keys from a backup are for reading. */
  sealableExchanges(): ReadonlySet<string>
  /** As `sealableExchanges`, also of what another tab has just written. */
  isForReading(exchange: string): Promise<boolean>
  /** Counts what this page wrote. */
  readonly writes: Cell<number>
  /** All that a backup keeps: every item but what seals backups. */
  backupItems(): ReadonlyMap<string, string>
  /** What seals the backups of this browser; null: none are made. */
  backupSealer(): Promise<Item | null>
  storeBackupSealer(sealer: Item): Promise<void>
  removeBackupSealer(): Promise<void>
  /**
   * Takes in what a backup holds and this browser does not, for reading. The identity comes back only if it is
   * `publishedIdentity` (base64url), and this browser has none. Throws `storage_failed`.
   */
  restore(items: ReadonlyMap<string, string>, publishedIdentity: string | null): Promise<void>
  /** Looks whether anything held is gone from localStorage, or came back to it, and says so in `keys`. */
  check(): Promise<void>
  putBack(): Promise<void>
  /** Lets go of what was lost, so that a new identity may be made. */
  forgetLost(): Promise<void>
  /** All that this page holds, for the vault that is opened when the database was lost under this one. */
  memory(): ReadonlyMap<string, string>
}

/** Opens the vault and decides whether keys are missing. */
export async function openVault(parts: ItemParts): Promise<Vault> {
  const items = await openItems(parts)
  const { keys, held, check, read, write, putBack, forgetLost } = items
  const itemOf = async (name: string) => {
    const text = await read(name)
    return text === null ? null : parseItem(text)
  }
  const heldExchanges = (): ReadonlySet<string> =>
    keys.value.state === 'gone' ? new Set() : exchangesWithSecret(held)

  return {
    keys,
    check,
    putBack,
    forgetLost,
    memory: () => held,
    async identity() {
      const item = await itemOf(IDENTITY)
      return item && readKeyPair(item)
    },
    storeIdentity: (identity) => write(IDENTITY, JSON.stringify(writeKeyPair(identity))),
    async half(exchange, entryId) {
      const item = await itemOf(halfItem(exchange, entryId))
      if (item === null) return null
      const role = item['role'] === 'responder' ? 'responder' : 'initiator'
      return { exchange, role, keyPair: readKeyPair(item) }
    },
    storeHalf: (entryId, { exchange, role, keyPair }) =>
      write(halfItem(exchange, entryId), JSON.stringify({ role, ...writeKeyPair(keyPair) })),
    async secret(exchange, entryId) {
      const item = await itemOf(secretItem(exchange, entryId))
      return item && readSecret(exchange, item)
    },
    storeSecret: (entryId, secret) =>
      write(secretItem(secret.exchange, entryId), JSON.stringify(writeSecret(secret))),
    salt: (exchange, keySet) => read(saltItem(exchange, keySet)),
    storeSalt: (exchange, keySet, salt) => write(saltItem(exchange, keySet), salt),
    async prekey(id) {
      const item = await itemOf(PREKEYS + id)
      return item && { id, keyPair: readKeyPair(item) }
    },
    storePrekeys(prekeys) {
      const madeAt = parts.nowMs()
      const texts = prekeys.map(
        ({ id, keyPair }) => [PREKEYS + id, JSON.stringify({ madeAt, ...writeKeyPair(keyPair) })] as const,
      )
      return items.writeAll(new Map(texts))
    },
    destroyPrekeys: (ids) => items.destroy(ids.map((id) => PREKEYS + id)),
    listPrekeys() {
      if (keys.value.state === 'gone') return []
      return [...held]
        .filter(([item]) => isPrekey(item))
        .map(([item, text]) => ({
          id: item.slice(PREKEYS.length),
          madeAt: Number(parseItem(text)['madeAt']),
        }))
    },
    heldExchanges,
    sealableExchanges: () =>
      new Set([...heldExchanges()].filter((exchange) => !held.has(forReadingItem(exchange)))),
    isForReading: async (exchange) => (await read(forReadingItem(exchange))) !== null,
    writes: items.writes,
    backupItems: () => new Map([...held].filter(([item]) => item !== BACKUP)),
    backupSealer: () => itemOf(BACKUP),
    async storeBackupSealer(sealer) {
      await items.destroy([BACKUP])
      await write(BACKUP, JSON.stringify(sealer))
    },
    removeBackupSealer: () => items.destroy([BACKUP]),
    async restore(kept, publishedIdentity) {
      const present = items.stored()
      const isMissing = ([item]: readonly [string, string]): boolean => !present.has(item) && item !== BACKUP
      const isRightful = ([item, text]: readonly [string, string]): boolean =>
        item !== IDENTITY || parseItem(text)['publicKey'] === publishedIdentity
      const missing = [...kept].filter(isMissing).filter(isRightful)
      const readable = exchangesWithSecret(present)
      const marks = missing.flatMap(([item]) => {
        const exchange = exchangeOf(item)
        return exchange && !readable.has(exchange) ? [[forReadingItem(exchange), '1'] as const] : []
      })
      await items.restore(new Map([...marks, ...missing]))
    },
  }
}

function exchangesWithSecret(items: ReadonlyMap<string, string>): ReadonlySet<string> {
  const secrets = [...items.keys()].filter((item) => item.endsWith('/secret'))
  return new Set(secrets.flatMap((item) => exchangeOf(item) ?? []))
}

/** What the client needs of the browser and has no DOM-free type: given by `main.tsx`, and by the tests. */
import type { CryptoRecord } from '../protocol/crypto-log.ts'
import type { Engine } from './contract/storage-care.ts'

/** localStorage, as far as the vault uses it. `setItem` throws when the quota is spent. */
export interface KeyStorage {
  readonly length: number
  key(index: number): string | null
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

/** A place of the browser that keeps a small text for an account, and may be cleared without the others. */
export interface InstallPlace {
  /** Null: it holds none. Rejects where this browser has no such place. */
  read(account: number): Promise<string | null>
  write(account: number, id: string): Promise<void>
  remove(account: number): Promise<void>
}

/** What all of this site's storage together may count on. */
export interface SiteStorage {
  readonly engine: Engine
  /** The browser has promised to clear nothing by itself; null: it makes no such promise. */
  isKept(): Promise<boolean | null>
  /** Asks for that promise, in a user's gesture. Chromium and WebKit decide by themselves, Firefox asks the person. */
  askToKeep(): Promise<boolean | null>
  /** Null: the browser does not tell. */
  readSpace(): Promise<{ readonly usedBytes: number; readonly leftBytes: number } | null>
  /** What belongs to no account: caches, and the service worker with them. */
  eraseSite(): Promise<void>
}

export interface BrowserEnvironment {
  readonly keyStorage: KeyStorage
  /** Where the install id stands besides localStorage and the database. */
  readonly installPlaces: Readonly<Record<'cache' | 'cookie', InstallPlace>>
  readonly siteStorage: SiteStorage
  /** Another tab, the developer tools or the browser changed or cleared the key storage. */
  onKeyStorageChange(listener: () => void): () => void
  isVisible(): boolean
  /** The page became visible, or the network came back: time to try again. */
  onWake(listener: () => void): () => void
  /** Where the crypto log goes, besides the panel. */
  logCrypto(record: CryptoRecord): void
  /** Argon2id with one lane, 32 bytes; it takes seconds, and the page goes on meanwhile. */
  stretch(
    passphrase: Uint8Array<ArrayBuffer>,
    by: { readonly salt: string; readonly memoryKib: number; readonly passes: number },
  ): Promise<Uint8Array<ArrayBuffer>>
  /** An error that nobody expected, for whoever looks into the console. */
  reportFault(error: unknown): void
  /** Asks the worker to drain the outbox when the network is back and no page is open. */
  requestBackgroundDrain(): void
}

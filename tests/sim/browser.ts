/** One simulated browser of an account: its storage, locks and network, and the tabs and worker that share them. */
import { openAccount, type AccountDoor } from '../../pwa/client/account-door.ts'
import { createApi } from '../../pwa/client/api/http.ts'
import { takeBack } from '../../pwa/client/commands/take-back.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { noteKeysLost } from '../../pwa/client/commands/note-keys-lost.ts'
import { keepMessage } from '../../pwa/client/commands/send-message.ts'
import type { BrowserEnvironment } from '../../pwa/client/environment.ts'
import {
  AccountDatabase,
  databaseName,
  type LogRow,
  type MessageRow,
  type OutboxRow,
} from '../../pwa/client/history/database.ts'
import { createSiteStorage } from '../../pwa/environment/site-storage.ts'
import { shareHistory } from '../../pwa/client/sharing/answer-ask.ts'
import { askForHistory } from '../../pwa/client/sharing/ask-for-history.ts'
import { drainOutbox } from '../../pwa/client/sync/drain-outbox.ts'
import { whereabouts } from '../../pwa/client/sync/elsewhere.ts'
import { refreshKeySet } from '../../pwa/client/sync/seal-waiting.ts'
import { ensureConversation } from '../../pwa/client/sync/stream-loop.ts'
import type { CryptoRecord } from '../../pwa/protocol/crypto-log.ts'
import type { Account } from '../../server/wire/account.ts'
import { MemoryPlace } from '../support/memory-place.ts'
import type { HonestServer } from './honest-server.ts'
import { Network } from './network.ts'
import { createRealCrypto } from './real-crypto.ts'
import { createVirtualCrypto, type Seal } from './virtual-crypto.ts'
import type { Primitives } from './outcome.ts'
import { VirtualDatabases, type Rows } from './virtual-databases.ts'
import { present } from './virtual-globals.ts'
import { VirtualLocks } from './virtual-locks.ts'
import { VirtualStorage, type StorageView } from './virtual-storage.ts'
import type { VirtualChannel } from './virtual-channel.ts'
import type { Owner } from './virtual-time.ts'

export interface BrowserParts {
  readonly name: string
  readonly account: Account
  readonly contact: Account
  readonly server: HonestServer
  readonly primitives: Primitives
  readonly onSeal: (browser: Browser, seal: Seal) => void
  readonly onRecord: (browser: Browser, record: CryptoRecord) => void
  readonly onFault: (browser: Browser, error: unknown) => void
}

/** What lies on the disk of a browser that is closed. */
export interface Profile {
  readonly items: ReadonlyMap<string, string>
  readonly tables: Rows
  readonly installIds: Readonly<Record<'cookie' | 'cache', ReadonlyMap<number, string>>>
}

/** The tables that a run looks into. */
interface Tables {
  readonly messages: MessageRow
  readonly outbox: OutboxRow
  readonly logs: LogRow
}

export interface Tab extends Owner {
  isAlive: boolean
  isFrozen: boolean
  readonly number: number
  readonly channels: Set<VirtualChannel>
  readonly wakes: Set<() => void>
  door: AccountDoor | null
  view: StorageView | null
}

const OPEN_MOST_MS = 60_000

export class Browser {
  readonly name: string
  readonly account: Account
  readonly contact: Account
  readonly network: Network
  /** How far this device's clock is ahead of the server's. */
  clockAheadMs = 0
  tabs: Tab[] = []
  /** Whether keys were ever cleared, or the profile was set back or copied. */
  isDisturbed = false
  /** Whether it was away for longer than private halves of prekeys are kept. */
  wasAwayLong = false
  /** Counts the profiles that were put in the place of another. */
  profileCount = 0
  #databases = new VirtualDatabases()
  #storage = new VirtualStorage()
  #installPlaces = { cookie: new MemoryPlace(), cache: new MemoryPlace() }
  #locks = new VirtualLocks()
  readonly #channels = new Set<VirtualChannel>()
  readonly #parts: BrowserParts
  #tabCount = 0

  constructor(parts: BrowserParts) {
    this.#parts = parts
    this.name = parts.name
    this.account = parts.account
    this.contact = parts.contact
    this.network = new Network(parts.server)
    this.network.session = { account: parts.account.id, isOver: false }
  }

  /** Opens the account in a new tab. Null when it did not come up (the browser may be busy with a frozen one). */
  async openTab(): Promise<Tab | null> {
    const tab = this.#newOwner()
    this.tabs.push(tab)
    const opening = present.time.as(tab, async () => {
      this.#databases.chooseFor(tab)
      const door = await openAccount(this.#doorParts(tab), this.account, () => undefined)
      tab.door = door
      await ensureConversation(door.open, this.contact)
      return door
    })
    const opened = await present.time.settle(opening, OPEN_MOST_MS)
    if (opened) return tab
    this.closeTab(tab)
    return null
  }

  /** The tab ends in the middle of whatever it does; the browser goes on. */
  closeTab(tab: Tab): void {
    this.#end(tab)
  }

  /** Power fails: every tab ends where it is, and localStorage is what the disk has. */
  crash(): void {
    for (const tab of this.tabs) this.#end(tab)
    this.#storage = this.#storage.crash()
    this.#locks = new VirtualLocks()
  }

  /** The person closes the browser, which writes everything to the disk. */
  async quit(): Promise<void> {
    for (const tab of this.tabs) this.closeTab(tab)
    await present.time.runFor(200)
    this.#storage.flush()
    this.#locks = new VirtualLocks()
  }

  /** What lies on the disk. The browser must be closed. */
  readProfile(): Profile {
    const { cookie, cache } = this.#installPlaces
    return {
      items: this.#storage.flush(),
      tables: this.#databases.copy(databaseName(this.account.id)),
      installIds: { cookie: new Map(cookie.ids), cache: new Map(cache.ids) },
    }
  }

  /** Puts another state of the disk in the place of this one. The browser must be closed. */
  async writeProfile({ items, tables, installIds }: Profile): Promise<void> {
    this.profileCount += 1
    this.#storage = new VirtualStorage(items)
    const { cookie, cache } = installIds
    this.#installPlaces = { cookie: new MemoryPlace(cookie), cache: new MemoryPlace(cache) }
    this.#databases = new VirtualDatabases()
    const writer = this.#newOwner()
    const writing = present.time.as(writer, async () => {
      this.#databases.chooseFor(writer)
      const database = new AccountDatabase(this.account.id)
      await database.transaction('rw', database.tables, async () => {
        for (const table of database.tables) await table.bulkPut([...(tables.get(table.name) ?? [])])
      })
      database.close()
    })
    await present.time.settle(writing, OPEN_MOST_MS)
    writer.isAlive = false
  }

  freeze(tab: Tab): void {
    tab.isFrozen = true
  }

  thaw(tab: Tab): void {
    tab.isFrozen = false
    present.time.release(tab)
    this.#wake(tab)
  }

  goOffline(isNoticed: boolean): void {
    this.network.goOffline(isNoticed)
  }

  goOnline(): void {
    this.network.isOnline = true
    for (const tab of this.tabs) this.#wake(tab)
  }

  /** Somebody clears the site's local storage in the developer tools. `isGone`: or a part of it. */
  clearStorage(isGone: (name: string) => boolean = () => true): void {
    this.#storage.clear(isGone)
  }

  /** The browser must be closed. */
  loseDatabase(): void {
    this.profileCount += 1
    this.#databases = new VirtualDatabases()
  }

  /** A new session after a sign-in, which every tab hears of. */
  signIn(): void {
    this.network.session = { account: this.account.id, isOver: false }
    for (const tab of this.tabs) {
      present.time.after(0, () => tab.door?.open.session.set('active'), tab)
      this.#wake(tab)
    }
  }

  /** Writes a message in a tab; resolves when it is kept. */
  write(tab: Tab, text: string): Promise<void> {
    return this.#inside(tab, async ({ open, tender }) => {
      await keepMessage(open, this.contact.id, text)
      tender.tend(this.contact.id)
    })
  }

  refresh(tab: Tab): Promise<void> {
    return this.#inside(tab, ({ open }) => refreshKeySet(open, this.contact.id))
  }

  /** The person saw the changed security code. */
  sendHeld(tab: Tab): Promise<void> {
    return this.#inside(tab, async ({ open, tender }) => {
      await open.database.conversations.update(this.contact.id, { heldUpTo: null })
      tender.tend(this.contact.id)
    })
  }

  /** The person goes on here, where another browser of the account has taken the conversation over. */
  takeBack(tab: Tab): Promise<void> {
    return this.#inside(tab, async ({ open, tender }) => {
      const log = await open.database.logs.get(this.contact.id)
      if (!log || (await whereabouts(open, log)) !== 'away') return
      await takeBack(open, this.contact.id)
      tender.pullAndTend(this.contact.id)
    })
  }

  putKeysBack(tab: Tab): Promise<void> {
    return this.#inside(tab, ({ open }) => open.vault.putBack())
  }

  /** The person goes on without the lost keys. */
  goOnWithoutKeys(tab: Tab): Promise<void> {
    return this.#inside(tab, async ({ open, wake }) => {
      await replaceIdentity(open)
      await noteKeysLost(open)
      wake()
    })
  }

  /** The person asks the contact for what cannot be read here. */
  askForHistory(tab: Tab): Promise<void> {
    return this.#inside(tab, async ({ open, tender }) => {
      await askForHistory(open, this.contact.id)
      tender.tend(this.contact.id)
    })
  }

  /** The person agrees to the contact's question, if there is one. */
  shareHistory(tab: Tab): Promise<void> {
    return this.#inside(tab, async ({ open, tender }) => {
      const { share } = (await open.database.conversations.get(this.contact.id)) ?? {}
      if (share) await shareHistory(open, this.contact.id, share.ask)
      tender.tend(this.contact.id)
    })
  }

  /** The worker's `sync` event. */
  async drainFromWorker(): Promise<string> {
    const worker = this.#newOwner()
    const { account } = this
    const draining = present.time.as(worker, async () => {
      this.#databases.chooseFor(worker)
      const database = new AccountDatabase(account.id)
      const outcome = await drainOutbox({
        account: account.id,
        database,
        api: createApi(this.network.fetchFor(worker)),
        locks: this.#locks.doorFor(worker),
        nowMs: () => this.#nowMs(),
        mayJudgeStale: false,
      }).finally(() => database.close())
      return outcome.state
    })
    // A page takes the drain over from a worker that waits too long; the browser then calls the worker again.
    const ended = draining.catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') return 'taken over'
      throw error
    })
    const outcome = await present.time.settle(ended, present.chance.isLikely(0.3) ? 200 : 30_000)
    this.#end(worker)
    return outcome?.value ?? 'killed'
  }

  /** Whether a row may still be taken back. */
  get isWriting(): boolean {
    return this.#databases.isWriting(databaseName(this.account.id))
  }

  /** Rows of a table of the account's database, as they stand. */
  rows<Name extends keyof Tables>(table: Name): readonly Tables[Name][] {
    return this.#databases.read(databaseName(this.account.id), table) as readonly Tables[Name][] // the client's own rows
  }

  #inside(tab: Tab, work: (door: AccountDoor) => Promise<void>): Promise<void> {
    return present.time.as(tab, async () => {
      if (tab.door) await work(tab.door)
    })
  }

  #wake(tab: Tab): void {
    for (const wake of tab.wakes) present.time.after(0, wake, tab)
  }

  #end(tab: Tab): void {
    this.tabs = this.tabs.filter((other) => other !== tab)
    const { door } = tab
    tab.door = null
    // What ends the tab's own loops; nothing it does from here on leaves it.
    tab.isAlive = false
    this.#databases.drop(tab)
    this.#locks.drop(tab)
    this.network.drop(tab)
    if (tab.view) this.#storage.closeView(tab.view)
    door?.close()
  }

  #newOwner(): Tab {
    return {
      isAlive: true,
      isFrozen: false,
      number: ++this.#tabCount,
      channels: this.#channels,
      wakes: new Set(),
      door: null,
      view: null,
    }
  }

  readonly #nowMs = (): number => Math.floor(present.time.nowMs + this.clockAheadMs)

  #doorParts(tab: Tab): Parameters<typeof openAccount>[0] {
    return {
      environment: this.#environment(tab),
      api: createApi(this.network.fetchFor(tab)),
      crypto: this.#crypto(tab),
      locks: this.#locks.doorFor(tab),
      nowMs: this.#nowMs,
      monotonicMs: () => performance.now(),
    }
  }

  #crypto(tab: Tab): Crypto {
    const onSeal = (seal: Seal): void => this.#parts.onSeal(this, seal)
    return this.#parts.primitives === 'webcrypto'
      ? createRealCrypto(tab, onSeal)
      : createVirtualCrypto(tab, onSeal)
  }

  #environment(tab: Tab): BrowserEnvironment {
    const listeners = new Set<() => void>()
    tab.view = this.#storage.viewFor(tab, () => {
      for (const listener of listeners) listener()
    })
    return {
      keyStorage: tab.view,
      installPlaces: this.#installPlaces,
      onKeyStorageChange: (listener) => add(listeners, listener),
      isVisible: () => !tab.isFrozen,
      onWake: (listener) => add(tab.wakes, listener),
      logCrypto: (record) => this.#parts.onRecord(this, record),
      reportFault: (error) => {
        if (tab.isAlive) this.#parts.onFault(this, error)
      },
      siteStorage: createSiteStorage(undefined, ''),
      stretch: () => Promise.reject(new Error('the simulator makes no backups')),
      requestBackgroundDrain: () => undefined,
    }
  }
}

function add<T>(set: Set<T>, item: T): () => void {
  set.add(item)
  return () => set.delete(item)
}

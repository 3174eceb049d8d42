/**
 * IndexedDB in memory, as much of it as Dexie and the client use, with the standard's semantics: transactions start in the
 * order in which they were made and exclude each other by scope, requests are answered one by one in tasks of their own, a
 * transaction is over when it asked for nothing in its own turn, and an aborted one never was. `virtual-indexed-db.test.ts` holds it
 * beside fake-indexeddb, which is complete and several times slower.
 */
import {
  compareKeys,
  copyValue,
  extractKey,
  requireKey,
  SortedRecords,
  toRange,
  type Key,
  type KeyRange,
  type StoredRecord,
} from './virtual-records.ts'

/** How a tab's steps come about. */
export interface Scheduler {
  /** Runs a step of a transaction. */
  step(run: () => void): void
  /** Tells the tab that something is over; a frozen tab hears of it later. */
  tell(run: () => void): void
  /** Counts the tasks that have run: work of the same turn belongs to the same callback. */
  turn(): number
  /** A transaction that writes is about to be committed. */
  committing(stores: readonly string[]): void
}

interface VirtualEvent {
  readonly type: string
  readonly target: unknown
  readonly oldVersion?: number
  preventDefault(): void
  stopPropagation(): void
}
type Listener = (event: VirtualEvent) => void

/** Handlers as properties and by `addEventListener`. */
class Emitter {
  onsuccess: Listener | null = null
  onerror: Listener | null = null
  onabort: Listener | null = null
  oncomplete: Listener | null = null
  onupgradeneeded: Listener | null = null
  onversionchange: Listener | null = null
  onclose: Listener | null = null
  #listeners: [string, Listener][] = []

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push([type, listener])
  }

  /** Returns whether nobody took the event as handled. */
  emit(type: 'success' | 'error' | 'abort' | 'complete' | 'upgradeneeded', more: object = {}): boolean {
    let isUnhandled = true
    const event: VirtualEvent = {
      type,
      target: this,
      preventDefault: () => (isUnhandled = false),
      stopPropagation: () => undefined,
      ...more,
    }
    this[`on${type}`]?.(event)
    for (const [wanted, listener] of this.#listeners) if (wanted === type) listener(event)
    return isUnhandled
  }
}

class VirtualRequest extends Emitter {
  result: unknown = undefined
  error: DOMException | null = null
  transaction: VirtualTransaction | null
  readonly run: () => unknown

  constructor(transaction: VirtualTransaction | null, run: () => unknown) {
    super()
    this.transaction = transaction
    this.run = run
  }
}

/** The names of stores or indexes, in their order. */
class Names extends Array<string> {
  contains(name: string): boolean {
    return this.includes(name)
  }
}

function namesOf(names: Iterable<string>): Names {
  const list = new Names()
  list.push(...[...names].sort())
  return list
}

interface Index {
  readonly name: string
  readonly keyPath: string | readonly string[]
  readonly records: SortedRecords
}

class Store {
  readonly name: string
  readonly keyPath: string | readonly string[]
  readonly records = new SortedRecords()
  readonly indexes = new Map<string, Index>()

  constructor(name: string, keyPath: string | readonly string[]) {
    this.name = name
    this.keyPath = keyPath
  }

  /** Puts `value` at `key`, or nothing. Returns what stood there. */
  replace(key: Key, value: unknown): unknown {
    const before = this.records.find(key)
    if (before) this.#change(before, 'remove')
    if (value !== undefined) this.#change({ key, primaryKey: key, value }, 'put')
    return before?.value
  }

  #change(record: StoredRecord, change: 'put' | 'remove'): void {
    this.records[change](record)
    for (const { keyPath, records } of this.indexes.values()) {
      const key = extractKey(record.value, keyPath)
      if (key !== null) records[change]({ ...record, key })
    }
  }
}

interface Database {
  readonly name: string
  version: number
  readonly stores: Map<string, Store>
  readonly connections: Set<VirtualConnection>
  /** Neither committed nor aborted, in the order in which they were made. */
  transactions: VirtualTransaction[]
}

/** The databases of one browser. */
export class VirtualIndexedDB {
  readonly #databases = new Map<string, Database>()

  /** The `indexedDB` of a tab. */
  doorFor(scheduler: Scheduler): IDBFactory {
    const open = (name: string, version = 1): VirtualRequest => {
      const request = new VirtualRequest(null, () => undefined)
      scheduler.step(() => this.#open(this.#database(name), version, { request, scheduler }))
      return request
    }
    return { open } as unknown as IDBFactory // as much of it as the client uses
  }

  /** The tab is gone: what it had not committed never was. */
  drop(scheduler: Scheduler): void {
    for (const database of this.#databases.values()) {
      for (const connection of database.connections)
        if (connection.scheduler === scheduler) database.connections.delete(connection)
      for (const transaction of database.transactions)
        if (transaction.connection.scheduler === scheduler) transaction.undo()
    }
  }

  /** Rows of a store as they stand, committed or not. They are the store's own: only look at them. */
  rows(database: string, store: string): readonly StoredRecord[] {
    return this.#databases.get(database)?.stores.get(store)?.records.all ?? []
  }

  /** Whether any row that `rows` gives may be taken back. */
  isWriting(database: string): boolean {
    return this.#databases.get(database)?.transactions.some((one) => one.hasWritten) ?? false
  }

  stores(database: string): readonly string[] {
    return [...(this.#databases.get(database)?.stores.keys() ?? [])]
  }

  #database(name: string): Database {
    const database = this.#databases.get(name) ?? {
      name,
      version: 0,
      stores: new Map(),
      connections: new Set(),
      transactions: [],
    }
    this.#databases.set(name, database)
    return database
  }

  #open(database: Database, version: number, opening: Opening): void {
    const { request, scheduler } = opening
    const upgrading = database.transactions.find(({ mode }) => mode === 'versionchange')
    if (upgrading)
      return upgrading.afterwards(() => scheduler.step(() => this.#open(database, version, opening)))
    const connection = new VirtualConnection(database, scheduler)
    request.result = connection
    database.connections.add(connection)
    if (version === database.version) return void request.emit('success')
    if (database.version !== 0) throw new Error('the client has one version of its database')
    database.version = version
    const upgrade = connection.begin([], 'versionchange')
    upgrade.undoBy(() => {
      database.version = 0
      database.stores.clear()
    })
    request.transaction = upgrade
    upgrade.addEventListener('complete', () => {
      request.transaction = null
      scheduler.step(() => request.emit('success'))
    })
    request.emit('upgradeneeded', { oldVersion: 0 })
  }
}

interface Opening {
  readonly request: VirtualRequest
  readonly scheduler: Scheduler
}

class VirtualConnection extends Emitter {
  readonly database: Database
  readonly scheduler: Scheduler

  constructor(database: Database, scheduler: Scheduler) {
    super()
    this.database = database
    this.scheduler = scheduler
  }

  get name(): string {
    return this.database.name
  }

  get version(): number {
    return this.database.version
  }

  get objectStoreNames(): Names {
    return namesOf(this.database.stores.keys())
  }

  transaction(stores: string | readonly string[], mode: IDBTransactionMode = 'readonly'): VirtualTransaction {
    if (!this.database.connections.has(this))
      throw new DOMException('the connection is closed', 'InvalidStateError')
    return this.begin(typeof stores === 'string' ? [stores] : stores, mode)
  }

  begin(stores: readonly string[], mode: IDBTransactionMode): VirtualTransaction {
    const transaction = new VirtualTransaction(this, stores, mode)
    this.database.transactions.push(transaction)
    return transaction
  }

  createObjectStore(name: string, { keyPath }: { keyPath: string | readonly string[] }): StoreDoor {
    const store = new Store(name, keyPath)
    this.database.stores.set(name, store)
    const upgrade = this.database.transactions.find(({ mode }) => mode === 'versionchange')
    if (!upgrade) throw new DOMException('no upgrade is running', 'InvalidStateError')
    return new StoreDoor(upgrade, store)
  }

  close(): void {
    this.database.connections.delete(this)
  }
}

class VirtualTransaction extends Emitter {
  readonly connection: VirtualConnection
  readonly mode: IDBTransactionMode
  error: DOMException | null = null
  readonly #stores: readonly string[]
  readonly #requests: VirtualRequest[] = []
  readonly #undo: (() => void)[] = []
  readonly #afterwards: (() => void)[] = []
  #isOver = false
  #isStepDue = false
  /** The turn in which it may be asked. */
  #activeTurn: number

  constructor(connection: VirtualConnection, stores: readonly string[], mode: IDBTransactionMode) {
    super()
    this.connection = connection
    this.#stores = stores
    this.mode = mode
    this.#activeTurn = connection.scheduler.turn()
    this.#stepSoon()
  }

  get db(): VirtualConnection {
    return this.connection
  }

  get objectStoreNames(): Names {
    return this.mode === 'versionchange' ? this.connection.objectStoreNames : namesOf(this.#stores)
  }

  get hasWritten(): boolean {
    return this.#undo.length > 0
  }

  objectStore(name: string): StoreDoor {
    const store = this.connection.database.stores.get(name)
    if (!store || !(this.mode === 'versionchange' || this.#stores.includes(name)))
      throw new DOMException('no such store', 'NotFoundError')
    return new StoreDoor(this, store)
  }

  /** It commits by itself as soon. */
  commit(): void {
    this.#requireActive()
  }

  abort(): void {
    if (this.#isOver) throw new DOMException('it is over', 'InvalidStateError')
    this.undo()
    this.connection.scheduler.step(() => {
      for (const request of this.#requests.splice(0)) fail(request, new DOMException('aborted', 'AbortError'))
      this.emit('abort')
    })
  }

  /** As if it had never been; nobody is told. */
  undo(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#end()
  }

  afterwards(run: () => void): void {
    this.#afterwards.push(run)
  }

  undoBy(run: () => void): void {
    this.#undo.push(run)
  }

  request(run: () => unknown): VirtualRequest {
    this.#requireActive()
    const request = new VirtualRequest(this, run)
    this.#requests.push(request)
    return request
  }

  again(request: VirtualRequest): void {
    this.#requireActive()
    this.#requests.push(request)
  }

  write(store: Store, key: Key, value: unknown): void {
    const before = store.replace(key, value)
    this.undoBy(() => store.replace(key, before))
  }

  requireWritable(): void {
    if (this.mode === 'readonly') throw new DOMException('read only', 'ReadOnlyError')
  }

  #requireActive(): void {
    if (this.#isOver || this.#activeTurn !== this.connection.scheduler.turn())
      throw new DOMException('not in its own turn', 'TransactionInactiveError')
  }

  #stepSoon(): void {
    if (this.#isStepDue) return
    this.#isStepDue = true
    this.connection.scheduler.step(() => {
      this.#isStepDue = false
      if (!this.#isOver && !this.#isBlocked()) this.#step()
    })
  }

  #isBlocked(): boolean {
    for (const other of this.connection.database.transactions) {
      if (other === this) return false
      if (other.mode === 'readonly' && this.mode === 'readonly') continue
      if (other.#stores.some((name) => this.#stores.includes(name)) || other.mode === 'versionchange')
        return true
    }
    return false
  }

  #step(): void {
    const request = this.#requests.shift()
    if (!request) return this.#commit()
    this.#activeTurn = this.connection.scheduler.turn()
    this.#stepSoon()
    try {
      request.result = request.run()
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      const isUnhandled = fail(request, error)
      this.error = error
      if (isUnhandled && this.emit('error')) this.abort()
      return
    }
    request.emit('success')
  }

  #commit(): void {
    if (this.mode !== 'readonly') this.connection.scheduler.committing(this.#stores)
    if (this.#isOver) return
    this.#end()
    if (this.mode === 'readonly') this.emit('complete')
    else this.connection.scheduler.tell(() => this.emit('complete'))
  }

  #end(): void {
    this.#isOver = true
    const { database } = this.connection
    database.transactions = database.transactions.filter((other) => other !== this)
    for (const run of this.#afterwards) run()
    for (const waiting of database.transactions) waiting.#stepSoon()
  }
}

function fail(request: VirtualRequest, error: DOMException): boolean {
  request.error = error
  return request.emit('error')
}

/** A store or an index inside a transaction: what both can be asked. */
class SourceDoor {
  protected readonly transaction: VirtualTransaction
  protected readonly records: SortedRecords

  constructor(transaction: VirtualTransaction, records: SortedRecords) {
    this.transaction = transaction
    this.records = records
  }

  get(query: Key | KeyRange): VirtualRequest {
    const range = toRange(query)
    return this.transaction.request(() => copyValue(this.records.within(range, 1)[0]?.value))
  }

  getAll(query?: Key | KeyRange | null, most = Infinity): VirtualRequest {
    const range = toRange(query)
    return this.transaction.request(() =>
      this.records.within(range, most).map(({ value }) => copyValue(value)),
    )
  }

  getAllKeys(query?: Key | KeyRange | null, most = Infinity): VirtualRequest {
    const range = toRange(query)
    return this.transaction.request(() => this.records.within(range, most).map((one) => one.primaryKey))
  }

  count(query?: Key | KeyRange | null): VirtualRequest {
    const range = toRange(query)
    return this.transaction.request(() => this.records.within(range).length)
  }

  openCursor(query?: Key | KeyRange | null, direction: IDBCursorDirection = 'next'): VirtualRequest {
    const range = toRange(query)
    const cursor = new VirtualCursor(this.transaction, direction)
    cursor.request = this.transaction.request(() => cursor.step(() => this.records.within(range)))
    return cursor.request
  }

  openKeyCursor(query?: Key | KeyRange | null, direction?: IDBCursorDirection): VirtualRequest {
    return this.openCursor(query, direction)
  }
}

class StoreDoor extends SourceDoor {
  readonly #store: Store
  readonly autoIncrement = false

  constructor(transaction: VirtualTransaction, store: Store) {
    super(transaction, store.records)
    this.#store = store
  }

  get name(): string {
    return this.#store.name
  }

  get keyPath(): string | readonly string[] {
    return this.#store.keyPath
  }

  get indexNames(): Names {
    return namesOf(this.#store.indexes.keys())
  }

  index(name: string): IndexDoor {
    const index = this.#store.indexes.get(name)
    if (!index) throw new DOMException('no such index', 'NotFoundError')
    return new IndexDoor(this.transaction, index)
  }

  createIndex(name: string, keyPath: string | readonly string[]): void {
    this.#store.indexes.set(name, { name, keyPath, records: new SortedRecords() })
  }

  put(value: unknown): VirtualRequest {
    const [key, copy] = this.#read(value)
    return this.transaction.request(() => {
      this.transaction.write(this.#store, key, copy)
      return key
    })
  }

  add(value: unknown): VirtualRequest {
    const [key, copy] = this.#read(value)
    return this.transaction.request(() => {
      if (this.records.find(key)) throw new DOMException('it is there already', 'ConstraintError')
      this.transaction.write(this.#store, key, copy)
      return key
    })
  }

  delete(query: Key | KeyRange): VirtualRequest {
    this.transaction.requireWritable()
    const range = toRange(query)
    return this.transaction.request(() => {
      for (const { key } of this.records.within(range)) this.transaction.write(this.#store, key, undefined)
    })
  }

  clear(): VirtualRequest {
    this.transaction.requireWritable()
    return this.transaction.request(() => {
      for (const { key } of this.records.within(null)) this.transaction.write(this.#store, key, undefined)
    })
  }

  #read(value: unknown): [Key, unknown] {
    this.transaction.requireWritable()
    const copy = copyValue(value)
    return [requireKey(extractKey(copy, this.#store.keyPath)), copy]
  }
}

class IndexDoor extends SourceDoor {
  readonly name: string
  readonly keyPath: string | readonly string[]
  readonly unique = false
  readonly multiEntry = false

  constructor(transaction: VirtualTransaction, { name, keyPath, records }: Index) {
    super(transaction, records)
    this.name = name
    this.keyPath = keyPath
  }
}

/** A cursor: one object, which moves. */
class VirtualCursor {
  key: Key = 0
  primaryKey: Key = 0
  value: unknown = undefined
  request: VirtualRequest | null = null
  readonly #transaction: VirtualTransaction
  readonly #isReverse: boolean
  #left: StoredRecord[] | null = null
  #isPassedOver: (record: StoredRecord) => boolean = () => false

  constructor(transaction: VirtualTransaction, direction: IDBCursorDirection) {
    if (direction !== 'next' && direction !== 'prev') throw new Error('the client uses no other direction')
    this.#transaction = transaction
    this.#isReverse = direction === 'prev'
  }

  /** Goes to the next record. Null when there is none. */
  step(find: () => StoredRecord[]): this | null {
    this.#left ??= this.#isReverse ? find().reverse() : find()
    let record = this.#left.shift()
    while (record && this.#isPassedOver(record)) record = this.#left.shift()
    if (!record) return null
    this.key = record.key
    this.primaryKey = record.primaryKey
    this.value = copyValue(record.value)
    return this
  }

  continue(to?: Key): void {
    const sign = this.#isReverse ? -1 : 1
    this.#goOn(({ key }) => to !== undefined && sign * compareKeys(key, to) < 0)
  }

  advance(count: number): void {
    let left = count - 1
    this.#goOn(() => left-- > 0)
  }

  #goOn(isPassedOver: (record: StoredRecord) => boolean): void {
    this.#isPassedOver = isPassedOver
    if (this.request) this.#transaction.again(this.request)
  }
}

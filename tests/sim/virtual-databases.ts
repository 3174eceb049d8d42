/** IndexedDB of one simulated browser: each tab opens it through a door of its own, so that a tab can be killed. */
import { IDBFactory, IDBKeyRange, IDBTransaction } from 'fake-indexeddb'
import { Dexie } from 'dexie'
import { present } from './virtual-globals.ts'
import type { Owner } from './virtual-time.ts'

/** What is used of fake-indexeddb's insides, which have no types. */
interface Insides {
  readonly _databases: Map<string, RawDatabase>
}
interface RawDatabase {
  readonly transactions: readonly RawTransaction[]
  connections: RawConnection[]
  readonly rawObjectStores: Map<string, { readonly records: { values(): Iterable<{ value: unknown }> } }>
}
interface RawConnection {
  _closePending: boolean
  _closed: boolean
}
interface RawTransaction {
  readonly db: RawConnection
  readonly _state: string
  _abort(name: string): void
}

const owners = new WeakMap<object, Owner>()

/** The steps of a transaction belong to whoever opened it, also when the end of another one started it. */
const steps = IDBTransaction.prototype as unknown as { _start: (this: RawTransaction) => void } // see `Insides`
const start = steps._start
steps._start = function startAsOwner() {
  present.time.owner = owners.get(this.db) ?? null
  start.call(this)
}

export type Rows = ReadonlyMap<string, readonly unknown[]>

export class VirtualDatabases {
  readonly #factory = new IDBFactory()

  /** Databases that are constructed until the next call belong to `owner`. */
  chooseFor(owner: Owner): void {
    Dexie.dependencies = { indexedDB: this.#doorFor(owner), IDBKeyRange }
  }

  /** The tab is gone: what it had not committed never was. */
  drop(owner: Owner): void {
    for (const database of this.#databases()) {
      for (const transaction of database.transactions)
        if (owners.get(transaction.db) === owner && transaction._state !== 'finished')
          transaction._abort('AbortError')
      for (const connection of database.connections) {
        if (owners.get(connection) !== owner) continue
        connection._closePending = true
        connection._closed = true
      }
      database.connections = database.connections.filter((connection) => owners.get(connection) !== owner)
    }
  }

  /** The rows of a table as they stand, committed or not. */
  read(database: string, table: string): readonly unknown[] {
    const store = this.#insides()._databases.get(database)?.rawObjectStores.get(table)
    return store ? Array.from(store.records.values(), ({ value }) => value) : []
  }

  /** All tables of a database. */
  copy(database: string): Rows {
    const stores = this.#insides()._databases.get(database)?.rawObjectStores
    return new Map(
      Array.from(stores?.keys() ?? [], (table) => [table, structuredClone(this.read(database, table))]),
    )
  }

  #insides(): Insides {
    return this.#factory as unknown as Insides // see there
  }

  #databases(): Iterable<RawDatabase> {
    return this.#insides()._databases.values()
  }

  #doorFor(owner: Owner): IDBFactory {
    const factory = this.#factory
    return {
      cmp: (a: unknown, b: unknown) => factory.cmp(a, b),
      databases: () => factory.databases(),
      deleteDatabase: (name: string) => factory.deleteDatabase(name),
      open(name: string, version?: number) {
        if (!owner.isAlive) throw new DOMException('the tab is gone', 'InvalidStateError')
        const request = factory.open(name, version)
        const own = (): void => void owners.set(request.result, owner)
        request.addEventListener('upgradeneeded', own)
        request.addEventListener('success', own)
        return request
      },
    }
  }
}

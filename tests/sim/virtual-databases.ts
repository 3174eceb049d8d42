/** The databases of one simulated browser: each tab opens them through a door of its own, so that a tab can be killed. */
import { Dexie } from 'dexie'
import { present, STORAGE_MOST_MS } from './virtual-globals.ts'
import { VirtualIndexedDB, type Scheduler } from './virtual-indexed-db.ts'
import { copyValue, keyRanges } from './virtual-records.ts'
import type { Owner } from './virtual-time.ts'

export type Rows = ReadonlyMap<string, readonly unknown[]>

export class VirtualDatabases {
  readonly #databases = new VirtualIndexedDB()
  readonly #schedulers = new Map<Owner, Scheduler>()

  /** Databases that are constructed until the next call belong to `owner`. */
  chooseFor(owner: Owner): void {
    const scheduler = this.#schedulers.get(owner) ?? schedulerOf(owner)
    this.#schedulers.set(owner, scheduler)
    Dexie.dependencies = {
      indexedDB: this.#databases.doorFor(scheduler),
      IDBKeyRange: keyRanges as unknown as typeof IDBKeyRange, // as much of it as Dexie uses
    }
  }

  /** The tab is gone: what it had not committed never was. */
  drop(owner: Owner): void {
    const scheduler = this.#schedulers.get(owner)
    if (scheduler) this.#databases.drop(scheduler)
    this.#schedulers.delete(owner)
  }

  /** The rows of a table as they stand, committed or not; only to be looked at. */
  read(database: string, table: string): readonly unknown[] {
    return this.#databases.rows(database, table).map(({ value }) => value)
  }

  isWriting(database: string): boolean {
    return this.#databases.isWriting(database)
  }

  /** All tables of a database. */
  copy(database: string): Rows {
    const tables = this.#databases.stores(database)
    return new Map(tables.map((table) => [table, copyValue(this.read(database, table))]))
  }
}

/** A frozen tab's transactions go on, so that nobody waits for them; that they are over it hears when it is thawed. */
function schedulerOf(owner: Owner): Scheduler {
  const delayMs = (): number => present.chance.next() * STORAGE_MOST_MS
  return {
    step: (run) =>
      present.time.after(
        delayMs(),
        () => {
          if (!owner.isAlive) return
          present.time.owner = owner
          run()
        },
        null,
      ),
    tell: (run) => present.time.after(delayMs(), run, owner),
    turn: () => present.time.taskCount,
    committing: (stores) => present.onEffect(owner, `commit ${stores.join(', ')}`),
  }
}

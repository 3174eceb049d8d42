/**
 * localStorage as Chromium keeps it. Each tab has a view of its own that hears of other tabs' writes later; the browser
 * writes to the disk after 5 s and then at most once a minute; what had not reached the disk is lost in a crash.
 * [Measurements: reliability, A1 and A2.]
 */
import type { KeyStorage } from '../../pwa/client/environment.ts'
import { present } from './virtual-globals.ts'
import type { Owner } from './virtual-time.ts'

const FIRST_DISK_MS = 5_000
const DISK_EVERY_MS = 60_000
const HOP_MOST_MS = 15

type Items = Map<string, string>

interface Write {
  readonly name: string
  readonly value: string | null
}

export class VirtualStorage {
  /** What the browser process holds. */
  readonly #items: Items
  #disk: Items
  #lastDiskMs = -Infinity
  #isDiskDue = false
  readonly #views = new Set<StorageView>()

  constructor(disk: ReadonlyMap<string, string> = new Map()) {
    this.#items = new Map(disk)
    this.#disk = new Map(disk)
  }

  /** The `localStorage` of a tab. `onChange`: the event that other tabs' writes and clears cause. */
  viewFor(owner: Owner, onChange: () => void): StorageView {
    const view = new StorageView(owner, new Map(this.#items), onChange, (write) => this.#take(view, write))
    this.#views.add(view)
    return view
  }

  closeView(view: StorageView): void {
    this.#views.delete(view)
  }

  /** Somebody clears the site's local storage, in the developer tools or the settings. */
  clear(isGone: (name: string) => boolean): void {
    for (const name of [...this.#items.keys()].filter(isGone)) this.#take(null, { name, value: null })
  }

  /** The browser ends properly: everything is on the disk. */
  flush(): Items {
    this.#disk = new Map(this.#items)
    return new Map(this.#disk)
  }

  /** The browser is killed: what is left is what the disk has. */
  crash(): VirtualStorage {
    return new VirtualStorage(this.#disk)
  }

  #take(from: StorageView | null, write: Write): void {
    apply(this.#items, write)
    this.#writeToDiskLater()
    for (const view of this.#views) if (view !== from) view.hear(write)
  }

  #writeToDiskLater(): void {
    if (this.#isDiskDue) return
    this.#isDiskDue = true
    const dueMs = Math.max(FIRST_DISK_MS, this.#lastDiskMs + DISK_EVERY_MS - present.time.nowMs)
    const write = (): void => {
      this.#isDiskDue = false
      this.#lastDiskMs = present.time.nowMs
      this.flush()
    }
    present.time.after(dueMs, write, null)
  }
}

/** One tab's localStorage. */
export class StorageView implements KeyStorage {
  readonly #owner: Owner
  readonly #items: Items
  readonly #onChange: () => void
  readonly #send: (write: Write) => void
  readonly #unsent = new Map<string, number>()
  /** Made anew after a change: the client walks through all names every second. */
  #names: readonly string[] | null = null
  #heardAtMs = 0
  #sentAtMs = 0

  constructor(owner: Owner, items: Items, onChange: () => void, send: (write: Write) => void) {
    this.#owner = owner
    this.#items = items
    this.#onChange = onChange
    this.#send = send
  }

  get length(): number {
    return this.#items.size
  }

  key(index: number): string | null {
    this.#names ??= [...this.#items.keys()]
    return this.#names[index] ?? null
  }

  getItem(name: string): string | null {
    return this.#items.get(name) ?? null
  }

  setItem(name: string, value: string): void {
    this.#write({ name, value })
  }

  removeItem(name: string): void {
    this.#write({ name, value: null })
  }

  /** Another tab's write arrives, unless this tab has written the same item meanwhile. */
  hear(write: Write): void {
    this.#heardAtMs = Math.max(this.#heardAtMs, present.time.nowMs + present.chance.next() * HOP_MOST_MS)
    const take = (): void => {
      if (this.#unsent.has(write.name)) return
      this.#apply(write)
      this.#onChange()
    }
    present.time.after(this.#heardAtMs - present.time.nowMs, take, this.#owner)
  }

  #apply(write: Write): void {
    apply(this.#items, write)
    this.#names = null
  }

  #write(write: Write): void {
    if (this.#owner.isAlive) present.onEffect(this.#owner, `localStorage ${kindOf(write.name)}`)
    if (!this.#owner.isAlive) return
    this.#apply(write)
    this.#unsent.set(write.name, (this.#unsent.get(write.name) ?? 0) + 1)
    this.#sentAtMs = Math.max(this.#sentAtMs, present.time.nowMs + present.chance.next() * HOP_MOST_MS)
    const send = (): void => {
      const left = (this.#unsent.get(write.name) ?? 1) - 1
      if (left === 0) this.#unsent.delete(write.name)
      else this.#unsent.set(write.name, left)
      this.#send(write)
    }
    // On its way to the browser process: it arrives also when the tab ends meanwhile.
    present.time.after(this.#sentAtMs - present.time.nowMs, send, null)
  }
}

/** Without the ids in it. */
const kindOf = (name: string): string =>
  /\/(identity|half|secret|salt|prekey)(\/|$)/.exec(name)?.[1] ?? 'another item'

function apply(items: Items, { name, value }: Write): void {
  if (value === null) items.delete(name)
  else items.set(name, value)
}

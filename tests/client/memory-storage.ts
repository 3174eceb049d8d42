import type { KeyStorage } from '../../pwa/client/environment.ts'

/** A localStorage that a test can clear, copy and fill up. Every tab of a profile is given the same one. */
export class MemoryStorage implements KeyStorage {
  readonly items: Map<string, string>
  /** From now on `setItem` throws, as when the quota is spent. */
  isFull = false
  /** So many more items fit in. */
  room = Infinity

  constructor(items: Iterable<readonly [string, string]> = []) {
    this.items = new Map(items)
  }

  get length(): number {
    return this.items.size
  }

  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null
  }

  getItem(name: string): string | null {
    return this.items.get(name) ?? null
  }

  setItem(name: string, value: string): void {
    if (this.isFull || (this.room <= 0 && !this.items.has(name)))
      throw new DOMException('the quota is spent', 'QuotaExceededError')
    if (!this.items.has(name)) this.room -= 1
    this.items.set(name, value)
  }

  removeItem(name: string): void {
    this.items.delete(name)
  }

  clear(): void {
    this.items.clear()
  }
}

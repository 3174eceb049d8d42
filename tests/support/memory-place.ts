import type { InstallPlace } from '../../pwa/client/environment.ts'

/** A cookie or a cache, as far as the install id is concerned. Every tab of a profile is given the same one. */
export class MemoryPlace implements InstallPlace {
  readonly ids: Map<number, string>

  constructor(ids: Iterable<readonly [number, string]> = []) {
    this.ids = new Map(ids)
  }

  async read(account: number): Promise<string | null> {
    return this.ids.get(account) ?? null
  }

  async write(account: number, id: string): Promise<void> {
    this.ids.set(account, id)
  }

  async remove(account: number): Promise<void> {
    this.ids.delete(account)
  }
}

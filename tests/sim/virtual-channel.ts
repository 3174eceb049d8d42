/** BroadcastChannel between the tabs of one simulated browser. */
import type { Owner } from './virtual-time.ts'

interface TabOwner extends Owner {
  readonly channels?: Set<VirtualChannel>
}

export class VirtualChannel extends EventTarget {
  /** Runs a delivery as a task of `owner`. */
  static deliver: (owner: Owner | null, run: () => void) => void = () => undefined
  static ownerNow: () => Owner | null = () => null
  readonly name: string
  readonly #owner: TabOwner | null
  #isClosed = false

  constructor(name: string) {
    super()
    this.name = name
    this.#owner = VirtualChannel.ownerNow()
    this.#owner?.channels?.add(this)
  }

  postMessage(data: unknown): void {
    if (this.#isClosed || this.#owner?.isAlive !== true) return
    for (const other of this.#owner.channels ?? []) {
      if (other === this || other.name !== this.name || other.#isClosed) continue
      VirtualChannel.deliver(other.#owner, () => {
        if (!other.#isClosed) other.dispatchEvent(new MessageEvent('message', { data }))
      })
    }
  }

  close(): void {
    this.#isClosed = true
    this.#owner?.channels?.delete(this)
  }

  unref(): void {
    // Nothing of virtual time keeps a process alive.
  }
}

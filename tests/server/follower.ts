/**
 * Follows one conversation as a browser does: the stream is a hint, the log is the truth. A page that starts at the cursor
 * is applied, any other says at most that there is something to pull; a stream that ends is opened again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { LogPage } from '../../server/wire/log.ts'
import type { LiveReader } from './live-reader.ts'
import type { Visitor } from './visitor.ts'

const PAUSE_MS = 200
/** Heartbeats come far more often. */
const SILENCE_MOST_MS = 45_000

/** An entry that was applied. */
export interface Shown {
  readonly seq: number
  readonly id: string
  /** By the clock of this process. */
  readonly at: number
}
/** A page that was pulled, and when. */
export interface Reading {
  readonly askedAt: number
  readonly at: number
  readonly page: LogPage
}

export class Follower {
  /** In the order in which they were applied. */
  readonly shown: Shown[] = []
  readonly readings: Reading[] = []
  /** The highest position that the contact is known to have applied. */
  contactApplied = 0
  isContactOnline = false
  streamsOpened = 0
  readonly #visitor: Visitor
  readonly #contact: number
  #stream: LiveReader | null = null
  #hasStopped = false
  #running: Promise<void>

  constructor(visitor: Visitor, contact: number) {
    this.#visitor = visitor
    this.#contact = contact
    this.#running = this.#run()
  }

  /** Every entry id that was applied, in order. */
  get ids(): string[] {
    return this.shown.map(({ id }) => id)
  }

  get isConnected(): boolean {
    return this.#stream !== null
  }

  /** Follows at another server of the same site from now on. */
  async moveTo(address: string): Promise<void> {
    this.#visitor.address = address
    await this.#stream?.close().catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#hasStopped = true
    await this.#stream?.close().catch(() => undefined)
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#hasStopped) {
      await this.#followOnce().catch(() => undefined)
      this.#stream = null
      await delay(PAUSE_MS)
    }
  }

  async #followOnce(): Promise<void> {
    const stream = await this.#visitor.listen(SILENCE_MOST_MS)
    if (this.#hasStopped) return stream.close()
    this.#stream = stream
    this.streamsOpened++
    for (;;) {
      const event = await stream.next()
      if (event === null) return
      if (event.type === 'hello') await this.#greet(event.conversations)
      else if (event.type === 'page' && event.page.contact === this.#contact) await this.#receive(event.page)
      else if (event.type === 'applied' && event.contact === this.#contact)
        this.contactApplied = Math.max(this.contactApplied, event.seq)
      else if (event.type === 'online' && event.contact === this.#contact)
        this.isContactOnline = event.isOnline
    }
  }

  async #greet(
    conversations: readonly { contact: { id: number }; contactApplied: number; isContactOnline: boolean }[],
  ): Promise<void> {
    const ours = conversations.find(({ contact }) => contact.id === this.#contact)
    if (!ours) return
    this.contactApplied = Math.max(this.contactApplied, ours.contactApplied)
    this.isContactOnline = ours.isContactOnline
    await this.#pull()
  }

  async #receive(page: LogPage): Promise<void> {
    if (page.after === this.shown.length) this.#apply(page)
    if (this.shown.length < page.head) await this.#pull()
  }

  async #pull(): Promise<void> {
    for (;;) {
      const askedAt = Date.now()
      const page = await this.#visitor.call('pull', {
        at: { contact: this.#contact },
        query: `?after=${this.shown.length}`,
      })
      this.readings.push({ askedAt, at: Date.now(), page })
      this.#apply(page)
      if (this.shown.length >= page.head) return
    }
  }

  #apply({ entries }: LogPage): void {
    for (const { seq, id } of entries) this.shown.push({ seq, id, at: Date.now() })
  }
}

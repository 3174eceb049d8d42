/** Writes into one conversation, one entry after the other, each until it is acknowledged; as an outbox does. */
import { setTimeout as delay } from 'node:timers/promises'
import { message, newKeySet } from '../../contracts/entries.ts'
import type { Visitor } from '../../server/visitor.ts'
import type { Acknowledged } from './judge-records.ts'

const PAUSE_MS = 100

export class Writer {
  readonly acknowledged: Acknowledged[] = []
  /** Answers that no honest client may get. */
  readonly faults: string[] = []
  sentAgain = 0
  readonly #visitor: Visitor
  readonly #contact: number
  #hasStopped = false
  readonly #running: Promise<void>

  constructor(visitor: Visitor, contact: number) {
    this.#visitor = visitor
    this.#contact = contact
    this.#running = this.#run()
  }

  /** Waits until the entry that is under way is acknowledged. */
  async stop(): Promise<void> {
    this.#hasStopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    const keys = newKeySet()
    for (let count = 1; !this.#hasStopped; count++) {
      const entry = message(keys, count)
      while (!(await this.#send(entry))) {
        this.sentAgain++
        await delay(PAUSE_MS)
      }
      await delay(PAUSE_MS)
    }
  }

  /** False: not acknowledged, and to be sent again. */
  async #send(entry: { id: string; envelope: string }): Promise<boolean> {
    const body = { entries: [entry] }
    const answer = await this.#visitor
      .call('append', { at: { contact: this.#contact }, body })
      .catch((error: unknown) => this.#judge(error))
    if (!answer) return false
    if (answer.refused) this.faults.push(`${entry.id} was refused: ${answer.refused.code}`)
    for (const { id, seq } of answer.stored) this.acknowledged.push({ id, seq, at: Date.now() })
    return true
  }

  /** A server that is away answers nothing, 502 or 503. */
  #judge(error: unknown): null {
    const text = error instanceof Error ? error.message : String(error)
    if (/^append: (?!50[234])/.test(text)) this.faults.push(text)
    return null
  }
}

/** A live stream that is disturbed: events come late, twice, behind the next one, or end in the middle. */
import { Transform, type TransformCallback } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Randomness } from '../sim/randomness.ts'

const LATE_MOST_MS = 300
/** An event that waits for the next one does not wait longer. */
const HELD_MOST_MS = 500

const DISTURBANCES = ['none', 'none', 'none', 'late', 'twice', 'behind', 'cut'] as const

export class DisturbedEvents extends Transform {
  readonly #randomness: Randomness
  readonly #isOver: () => boolean
  #unfinished = ''
  #held = ''

  /** Disturbs nothing any more once `isOver`. */
  constructor(randomness: Randomness, isOver: () => boolean) {
    super()
    this.#randomness = randomness
    this.#isOver = isOver
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const events = (this.#unfinished + chunk.toString('latin1')).split('\n\n')
    this.#unfinished = events.pop() ?? ''
    void this.#passAll(
      events.map((event) => `${event}\n\n`),
      done,
    )
  }

  override _flush(done: TransformCallback): void {
    this.#release()
    done()
  }

  async #passAll(events: readonly string[], done: TransformCallback): Promise<void> {
    try {
      for (const event of events) await this.#pass(event)
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)))
    }
    done()
  }

  /** Throws for a stream that ends here. */
  async #pass(event: string): Promise<void> {
    const how = this.#isOver() ? 'none' : this.#randomness.pick(DISTURBANCES)
    if (how === 'behind' && this.#held === '') return this.#hold(event)
    if (how === 'late') await delay(this.#randomness.whole(0, LATE_MOST_MS))
    if (how === 'cut') {
      this.#send(event.slice(0, this.#randomness.whole(0, event.length)))
      throw new Error('cut')
    }
    this.#send(event)
    if (how === 'twice') this.#send(event)
    this.#release()
  }

  #hold(event: string): void {
    this.#held = event
    setTimeout(() => this.#release(), HELD_MOST_MS)
  }

  #release(): void {
    const held = this.#held
    this.#held = ''
    if (held !== '' && !this.destroyed && !this.writableEnded) this.#send(held)
  }

  #send(text: string): void {
    this.push(text, 'latin1')
  }
}

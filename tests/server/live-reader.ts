/** Reads a live stream: its comments, its events in order, its end. */
import * as v from 'valibot'
import { type StreamEvent, streamEvent } from '../../server/wire/stream.ts'

const SILENCE_MOST_MS = 8000

export class LiveReader {
  readonly response: Response
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #blocks: string[] = []
  readonly #silenceMostMs: number
  #text = ''

  constructor(response: Response, silenceMostMs = SILENCE_MOST_MS) {
    if (!response.body) throw new Error('a stream without a body')
    this.response = response
    this.#silenceMostMs = silenceMostMs
    this.#reader = response.body.getReader()
  }

  /** The next block as it is, a comment or an event; null at the end. Throws after 8 s of silence, or what the caller allows. */
  async nextBlock(): Promise<string | null> {
    while (this.#blocks.length === 0) {
      const chunk = await Promise.race([this.#reader.read(), failAfter(this.#silenceMostMs)])
      if (chunk.done) return null
      this.#text += new TextDecoder().decode(chunk.value)
      const parts = this.#text.split('\n\n')
      this.#text = parts.pop() ?? ''
      this.#blocks.push(...parts)
    }
    return this.#blocks.shift() ?? null
  }

  /** The next event; null at the end. */
  async next(): Promise<StreamEvent | null> {
    for (;;) {
      const block = await this.nextBlock()
      if (block === null) return null
      if (block.startsWith('data: ')) return v.parse(streamEvent, JSON.parse(block.slice('data: '.length)))
    }
  }

  /** The next event of this type; others are passed over. Throws at the end. */
  async nextOf<T extends StreamEvent['type']>(type: T): Promise<Extract<StreamEvent, { type: T }>> {
    for (;;) {
      const event = await this.next()
      if (event === null) throw new Error(`the stream ended before ${type}`)
      if (isOf(event, type)) return event
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel()
  }
}

function isOf<T extends StreamEvent['type']>(
  event: StreamEvent,
  type: T,
): event is Extract<StreamEvent, { type: T }> {
  return event.type === type
}

function failAfter(ms: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`nothing came for ${ms} ms`)), ms).unref()
  })
}

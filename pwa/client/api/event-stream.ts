/** Reads server-sent events from the bytes of a response. Source: HTML standard, "Server-sent events". */
import * as v from 'valibot'
import {
  STREAM_EVENT_MOST_CHARACTERS,
  STREAM_SILENCE_MOST_MS,
  streamEvent,
  type StreamEvent,
} from '../../../server/wire/stream.ts'

/**
 * Yields the events that we know; others are passed over, as a newer server may send them. Ends when the server ends the
 * stream; throws when no byte came for 45 s, because a dead connection does not say so, and when an event does not end.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader() // the DOM's type is narrower than what it takes
  let pending = ''
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read())
      if (done) return
      const blocks = (pending + value).split('\n\n')
      pending = blocks.pop() ?? ''
      if (pending.length > STREAM_EVENT_MOST_CHARACTERS) throw new Error('an event without an end')
      for (const block of blocks) {
        const event = parseBlock(block)
        if (event) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function parseBlock(block: string): StreamEvent | null {
  const text = block
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n')
  if (!text) return null
  try {
    const parsed = v.safeParse(streamEvent, JSON.parse(text))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

async function withinSilence<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the stream fell silent')), STREAM_SILENCE_MOST_MS)
  })
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer))
}

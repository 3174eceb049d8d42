import { afterEach, describe, expect, test, vi } from 'vitest'
import { readEvents } from '../../pwa/client/api/event-stream.ts'
import {
  STREAM_EVENT_MOST_CHARACTERS,
  STREAM_SILENCE_MOST_MS,
  type StreamEvent,
} from '../../server/wire/stream.ts'

const applied = (seq: number): StreamEvent => ({ type: 'applied', contact: 7, seq })
const block = (event: unknown): string => `data: ${JSON.stringify(event)}\n\n`

function streamOf(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function readAll(body: ReadableStream<Uint8Array>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = []
  for await (const event of readEvents(body)) events.push(event)
  return events
}

/** A stream without an end; `push` adds bytes, `isCancelled` tells whether the reader let go. */
function openStream() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
    },
    cancel() {
      isCancelled = true
    },
  })
  return { body, push: (text: string) => controller?.enqueue(bytes(text)), isCancelled: () => isCancelled }
}

afterEach(() => void vi.useRealTimers())

describe('readEvents', () => {
  test('yields events in order, several to a chunk', async () => {
    expect(await readAll(streamOf(bytes(block(applied(1)) + block(applied(2)))))).toEqual([
      applied(1),
      applied(2),
    ])
  })

  test('puts events together from chunks of any size', async () => {
    const page: StreamEvent = {
      type: 'hello',
      now: 1,
      conversations: [
        { contact: { id: 7, username: 'ben' }, head: 3, contactApplied: 2, isContactOnline: true },
      ],
    }
    const all = bytes(block(page) + block(applied(1)))
    for (const size of [1, 2, 3, 7, 64]) {
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
        all.slice(index * size, (index + 1) * size),
      )
      expect(await readAll(streamOf(...chunks))).toEqual([page, applied(1)])
    }
  })

  test('puts characters together whose bytes were parted', async () => {
    const all = bytes(`: größe €😀\n\n${block(applied(1))}`)
    const chunks = Array.from(all, (byte) => Uint8Array.of(byte))
    expect(await readAll(streamOf(...chunks))).toEqual([applied(1)])
  })

  test('joins the data lines of one event', async () => {
    const text = 'data: {"type":"applied",\ndata: "contact":7,"seq":1}\n\n'
    expect(await readAll(streamOf(bytes(text)))).toEqual([applied(1)])
  })

  test.each([
    ['comments', ': heartbeat\n\n'],
    ['events of a newer server', block({ type: 'weather', isSunny: true })],
    ['known events with unknown members', block({ ...applied(1), mood: 'good' })],
    ['what is no JSON', 'data: {"type":\n\n'],
    ['other fields', 'event: applied\nid: 1\nretry: 5\n\n'],
    ['empty data', 'data:\n\n'],
  ])('passes over %s', async (_, text) => {
    expect(await readAll(streamOf(bytes(text + block(applied(2)))))).toEqual([applied(2)])
  })

  test('yields nothing of an event that the end cut off', async () => {
    expect(await readAll(streamOf(bytes(block(applied(1)) + block(applied(2)).trimEnd())))).toEqual([
      applied(1),
    ])
  })

  test('throws when the stream falls silent, and lets go of it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stream = openStream()
    const reading = readAll(stream.body).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(STREAM_SILENCE_MOST_MS - 1)
    expect(stream.isCancelled()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await reading).toMatchObject({ message: 'the stream fell silent' })
    expect(stream.isCancelled()).toBe(true)
  })

  test('takes any byte for a sign of life', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stream = openStream()
    let isOver = false
    void readAll(stream.body)
      .catch(() => undefined)
      .finally(() => (isOver = true))
    for (let beat = 0; beat < 4; beat += 1) {
      await vi.advanceTimersByTimeAsync(STREAM_SILENCE_MOST_MS - 1)
      stream.push(':')
      await vi.advanceTimersByTimeAsync(0)
    }
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(STREAM_SILENCE_MOST_MS)
    expect(isOver).toBe(true)
  })

  test('throws when an event has no end, before it fills the memory, and lets go of it', async () => {
    const stream = openStream()
    const reading = readAll(stream.body).catch((error: unknown) => error)
    stream.push(block(applied(1)))
    for (let pushed = 0; pushed <= STREAM_EVENT_MOST_CHARACTERS; pushed += 64 * 1024)
      stream.push('x'.repeat(64 * 1024))
    expect(await reading).toMatchObject({ message: 'an event without an end' })
    expect(stream.isCancelled()).toBe(true)
  })

  test('lets go of the stream when its reader stops', async () => {
    const stream = openStream()
    stream.push(block(applied(1)))
    for await (const event of readEvents(stream.body)) {
      expect(event).toEqual(applied(1))
      break
    }
    expect(stream.isCancelled()).toBe(true)
  })
})

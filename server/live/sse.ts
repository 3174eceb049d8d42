/** Server-sent events: framing, heartbeat, and an end for readers that do not read. */
import type { ServerResponse } from 'node:http'
import { STREAM_HEARTBEAT_MS, type StreamEvent } from '../wire/stream.ts'

/** More than this in memory for one reader means that it has stopped reading. */
const UNREAD_MOST_BYTES = 1024 * 1024
/** Time to read what is left after the end. */
const LAST_WORDS_MS = 2000

/** `no` keeps nginx from collecting events; `no-transform` keeps everyone from compressing them. */
export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
} as const

export interface EventStream {
  /** Does nothing once the stream has ended. */
  send(event: StreamEvent): void
  end(): void
}

/** Sends the head and a first comment at once, a comment every 15 s, and calls `onEnd` once, whichever side ends it. */
export function openEventStream(response: ServerResponse, onEnd: () => void): EventStream {
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return
    response.write(text)
    if (response.writableLength > UNREAD_MOST_BYTES) response.destroy()
  }
  const end = (): void => {
    response.end()
    setTimeout(() => response.destroy(), LAST_WORDS_MS).unref()
  }
  const heartbeat = setInterval(() => write(': beat\n\n'), STREAM_HEARTBEAT_MS)
  const stop = (): void => {
    clearInterval(heartbeat)
    onEnd()
  }
  // The reader may have gone before this was called, and is not announced again.
  if (response.destroyed) queueMicrotask(stop)
  else response.once('close', stop)
  response.flushHeaders()
  write(': open\n\n')
  return {
    send: (event) => write(`data: ${JSON.stringify(event)}\n\n`),
    end,
  }
}

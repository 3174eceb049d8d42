/** Live events. Each is a hint: losing one costs time, never an entry, because the log is the truth. */
import * as v from 'valibot'
import { conversation, logPage } from './log.ts'
import { accountId, seq, timeMs } from './primitives.ts'

/** A stream without a byte for this long is dead; the server sends a comment far more often. */
export const STREAM_SILENCE_MOST_MS = 45_000
/** Far above the largest event, a `hello` with thousands of conversations. */
export const STREAM_EVENT_MOST_CHARACTERS = 4 * 1024 * 1024
export const STREAM_HEARTBEAT_MS = 15_000

export const streamEvent = v.variant('type', [
  v.strictObject({ type: v.literal('hello'), now: timeMs, conversations: v.array(conversation) }),
  v.strictObject({ type: v.literal('page'), page: logPage }),
  v.strictObject({ type: v.literal('applied'), contact: accountId, seq }),
  v.strictObject({ type: v.literal('online'), contact: accountId, isOnline: v.boolean() }),
  v.strictObject({ type: v.literal('ended') }),
])
export type StreamEvent = v.InferOutput<typeof streamEvent>

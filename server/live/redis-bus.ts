/**
 * The bus of several server processes, over Redis. Listeners of this process hear an event at once, those of others when
 * Redis carries it. Redis may be away, from the start or later: nothing is kept for it, and it is asked again and again.
 */
import { createClient } from '@redis/client'
import * as v from 'valibot'
import type { Log } from '../deps.ts'
import { accountId } from '../wire/primitives.ts'
import { streamEvent } from '../wire/stream.ts'
import { type Bus, createLocalBus } from './bus.ts'

const CHANNEL = 'letterlock/live/1'
/** The bus hears its own beat this often; it shows that Redis takes and gives. */
export const BEAT_EVERY_MS = 1000
/** Without its own beat for so long, the connection is made anew. */
export const BEAT_MISSED_MS = 4000
const CONNECT_WITHIN_MS = 2000
/** More events than these that Redis has not taken yet are dropped. */
const WAITING_MOST = 10_000

/** What crosses Redis. Null instead of an event: a beat. */
const carried = v.strictObject({
  from: v.string(),
  live: v.nullable(v.strictObject({ to: accountId, event: streamEvent })),
})
type Carried = v.InferOutput<typeof carried>

interface RedisBusOptions {
  readonly url: string
  readonly log: Log
  /** Names this process among those that share the Redis. */
  readonly name: string
  /** Milliseconds that only grow. */
  readonly uptime: () => number
}

/** Returns at once, whether Redis is there or not. Writes `bus_away` and `bus_back` to the log, once for each change. */
export function createRedisBus({ url, log, name, uptime }: RedisBusOptions): Bus {
  const local = createLocalBus()
  let client: Connection | null = null
  let heardAt = uptime()
  /** Null until it is known for the first time. */
  let isWhole: boolean | null = null

  const note = (isWholeNow: boolean): void => {
    if (isWhole === isWholeNow) return
    if (isWhole !== null || !isWholeNow) log({ event: isWholeNow ? 'bus_back' : 'bus_away' })
    isWhole = isWholeNow
  }
  const hear = (text: string): void => {
    const message = readMessage(text)
    if (message === null) return
    if (message.live !== null && message.from !== name) local.publish(message.live)
    if (message.from !== name || message.live !== null) return
    heardAt = uptime()
    note(true)
  }
  const send = (message: Omit<Carried, 'from'>): void => {
    if (client?.isReady) client.publish(CHANNEL, JSON.stringify({ from: name, ...message })).catch(ignore)
  }
  const connect = (): void => {
    heardAt = uptime()
    client?.destroy()
    client = openConnection(url, hear)
  }

  connect()
  const heart = setInterval(() => {
    const silentForMs = uptime() - heardAt
    if (silentForMs >= BEAT_MISSED_MS || client?.isOpen === false) {
      note(false)
      connect()
    }
    send({ live: null })
  }, BEAT_EVERY_MS)

  return {
    publish(event) {
      local.publish(event)
      send({ live: event })
    },
    subscribe: (listener) => local.subscribe(listener),
    isWhole: () => isWhole === true,
    close() {
      clearInterval(heart)
      client?.destroy()
      client = null
      local.close()
    },
  }
}

interface Connection {
  readonly isOpen: boolean
  readonly isReady: boolean
  publish(channel: string, message: string): Promise<unknown>
  destroy(): void
}

const ignore = (): undefined => undefined

/** One attempt: it connects and listens, or ends. RESP 3 lets one connection publish and listen. */
function openConnection(url: string, hear: (text: string) => void): Connection {
  const client = createClient({
    url,
    RESP: 3,
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_MOST,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: CONNECT_WITHIN_MS, reconnectStrategy: false },
  })
  let isGone = false
  const destroy = (): void => {
    if (!isGone && client.isOpen) client.destroy()
    isGone = true
  }
  // The heart sees by `isOpen` and by its own beat how it went.
  client.on('error', ignore)
  client
    .connect()
    .then(() => client.subscribe(CHANNEL, hear))
    .catch(destroy)
  return {
    get isOpen() {
      return !isGone && client.isOpen
    },
    get isReady() {
      return !isGone && client.isReady
    },
    publish: (channel, message) => client.publish(channel, message),
    destroy,
  }
}

/** Null: of another version, or not ours. */
function readMessage(text: string): Carried | null {
  try {
    const result = v.safeParse(carried, JSON.parse(text))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

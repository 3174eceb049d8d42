/** The open streams of this process: who is online, and what each of them is told. */
import { refuse } from '../errors.ts'
import type { StreamEvent } from '../wire/stream.ts'
import type { Bus, LiveEvent } from './bus.ts'

export const STREAMS_MOST_PER_ACCOUNT = 20

export interface LiveStream {
  readonly account: number
  /** Hash of the session it belongs to: the stream ends with the session. Changes when the session is renewed. */
  session: Buffer
  send(event: StreamEvent): void
  /** Ends the stream from our side. The hub is told by `remove`, as when the other side ends it. */
  end(): void
}

export interface Hub {
  /** Throws too_many_streams, and busy once the hub is closed. True: the account has come online. */
  add(stream: LiveStream): boolean
  /** True: that was the account's last stream. */
  remove(stream: LiveStream): boolean
  /** Whether the account has a stream here; others may be at other servers. */
  isOnline(account: number): boolean
  isEmpty(): boolean
  /** Tells the streams that are here, as an event of the bus does. */
  tell(event: LiveEvent): void
  /** Sends `ended` to every stream of these sessions and ends it. */
  endSessions(sessions: readonly Buffer[]): void
  /** A session goes on under another hash, and its streams with it. */
  moveSession(from: Buffer, to: Buffer): void
  /** The sessions that have a stream open. */
  listSessions(): Buffer[]
  /** Ends every stream and hears no more events. */
  close(): void
}

export function createHub(bus: Bus): Hub {
  const streams = new Map<number, Set<LiveStream>>()
  let isClosed = false
  const all = (): LiveStream[] => [...streams.values()].flatMap((set) => [...set])
  const tell = ({ to, event }: LiveEvent): void => {
    for (const stream of streams.get(to) ?? []) stream.send(event)
  }
  const unsubscribe = bus.subscribe(tell)

  return {
    add(stream) {
      if (isClosed) throw refuse('busy')
      const own = streams.get(stream.account) ?? new Set()
      if (own.size >= STREAMS_MOST_PER_ACCOUNT) throw refuse('too_many_streams')
      streams.set(stream.account, own.add(stream))
      return own.size === 1
    },
    remove(stream) {
      const own = streams.get(stream.account)
      if (!own?.delete(stream) || own.size > 0) return false
      return streams.delete(stream.account)
    },
    isOnline: (account) => streams.has(account),
    isEmpty: () => streams.size === 0,
    tell,
    endSessions(sessions) {
      for (const stream of all()) {
        if (!sessions.some((session) => session.equals(stream.session))) continue
        stream.send({ type: 'ended' })
        stream.end()
      }
    },
    moveSession(from, to) {
      for (const stream of all()) if (stream.session.equals(from)) stream.session = to
    },
    listSessions: () => all().map((stream) => stream.session),
    close() {
      isClosed = true
      unsubscribe()
      for (const stream of all()) stream.end()
    },
  }
}

/** The network of one simulated browser: slow, lossy in both directions, sometimes repeating, and its streams can be cut. */
import type { StreamEvent } from '../../server/wire/stream.ts'
import { ServerRefusal, type HonestServer, type ServerSession, type ServerStream } from './honest-server.ts'
import { present } from './virtual-globals.ts'
import type { Owner } from './virtual-time.ts'

const HEARTBEAT_MS = 15_000
/** How late the server may notice that a reader is gone. */
const NOTICE_MOST_MS = 40_000

export interface Weather {
  /** How often a request is lost before the server has it, its answer is lost after it, or it arrives twice. */
  readonly lost: number
  readonly answerLost: number
  readonly twice: number
  readonly delayMostMs: number
}
export const FAIR: Weather = { lost: 0, answerLost: 0, twice: 0, delayMostMs: 60 }
export const FOUL: Weather = { lost: 0.12, answerLost: 0.12, twice: 0.08, delayMostMs: 900 }

interface Connection {
  readonly owner: Owner
  /** The reader notices at once, or never. */
  cut(isNoticed: boolean): void
}

export class Network {
  isOnline = true
  weather: Weather = FAIR
  /** The browser's session cookie. */
  session: ServerSession | null = null
  /** Names of all requests that left, with their times. */
  readonly requests: { readonly atMs: number; readonly name: string }[] = []
  readonly #server: HonestServer
  readonly #connections = new Set<Connection>()

  constructor(server: HonestServer) {
    this.#server = server
  }

  goOffline(isNoticed: boolean): void {
    this.isOnline = false
    this.cutStreams(isNoticed)
  }

  cutStreams(isNoticed: boolean): void {
    for (const connection of this.#connections) connection.cut(isNoticed)
  }

  /** The tab is gone. */
  drop(owner: Owner): void {
    for (const connection of this.#connections) if (connection.owner === owner) connection.cut(false)
  }

  /** The `fetch` of a tab. */
  fetchFor(owner: Owner): typeof fetch {
    return (input, init) => {
      const path = String(input instanceof Request ? input.url : input)
      const method = init?.method ?? 'GET'
      if (owner.isAlive) present.onEffect(owner, nameOf('send', method, path))
      if (!owner.isAlive) return new Promise(() => undefined)
      this.requests.push({ atMs: present.time.nowMs, name: `${method} ${path.split('?')[0]}` })
      const signal = init?.signal ?? null
      const fetched =
        path === '/api/stream' ? this.#openStream(owner) : this.#send(owner, { method, path, init })
      return signal ? untilAborted(fetched, signal) : fetched
    }
  }

  async #send(owner: Owner, { method, path, init }: Sent): Promise<Response> {
    const { chance } = present
    const { lost, answerLost, twice } = this.weather
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined
    await this.#wait(owner)
    if (!this.isOnline || chance.isLikely(lost)) return fail(owner)
    const call = { method, path, body, session: this.session }
    if (chance.isLikely(twice)) present.time.after(this.#delayMs(), () => void this.#answer(call), null)
    // The server works whether or not the tab is still there.
    const answered = await new Promise<Response>((resolve) => {
      present.time.after(0, () => resolve(this.#answer(call)), null)
    })
    present.onEffect(owner, nameOf('answered', method, path))
    await this.#wait(owner)
    if (!this.isOnline || chance.isLikely(answerLost)) return fail(owner)
    return answered
  }

  #answer(call: Parameters<HonestServer['answer']>[0]): Response {
    try {
      return responseOf(200, this.#server.answer(call))
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error
      return responseOf(error.status, { error: { code: error.code } }, error.retryAfterMs)
    }
  }

  async #openStream(owner: Owner): Promise<Response> {
    await this.#wait(owner)
    if (!this.isOnline || present.chance.isLikely(this.weather.lost)) return fail(owner)
    const { session } = this
    if (!session || session.isOver) return responseOf(401, { error: { code: 'not_signed_in' } })
    return { ok: true, status: 200, body: this.#connect(owner, session) } as Response // as much as the client reads of it
  }

  #connect(owner: Owner, session: ServerSession): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder()
    let isOpen = true
    let arrivesAtMs = 0
    let give: ReadableStreamDefaultController<Uint8Array> | null = null
    const inOrder = (run: () => void): void => {
      arrivesAtMs = Math.max(arrivesAtMs, present.time.nowMs + this.#delayMs())
      present.time.after(arrivesAtMs - present.time.nowMs, run, owner)
    }
    const write = (text: string): void =>
      inOrder(() => {
        if (isOpen) give?.enqueue(encoder.encode(text))
      })
    const end = (noticeMostMs: number): void => {
      this.#connections.delete(connection)
      present.time.after(present.chance.next() * noticeMostMs, () => this.#server.close(stream), null)
    }
    const stream: ServerStream = {
      session,
      send: (event: StreamEvent) => write(`data: ${JSON.stringify(event)}\n\n`),
      end: () =>
        inOrder(() => {
          if (isOpen) give?.close()
          isOpen = false
          this.#connections.delete(connection)
        }),
    }
    const connection: Connection = {
      owner,
      cut(isNoticed) {
        if (isOpen && isNoticed) present.time.after(0, () => give?.error(new TypeError('cut')), owner)
        isOpen = false
        end(NOTICE_MOST_MS)
      },
    }
    const beat = (): void => {
      if (!isOpen) return
      write(': beat\n\n')
      present.time.after(HEARTBEAT_MS, beat, null)
    }
    this.#connections.add(connection)
    present.time.after(
      0,
      () => {
        this.#server.open(stream)
        beat()
      },
      null,
    )
    return new ReadableStream({
      start: (controller) => void (give = controller),
      cancel() {
        isOpen = false
        end(100)
      },
    })
  }

  #wait(owner: Owner): Promise<void> {
    return new Promise((resolve) => present.time.after(this.#delayMs(), resolve, owner))
  }

  #delayMs(): number {
    return 2 + present.chance.next() * this.weather.delayMostMs
  }
}

/** Without the accounts and cursors in it. */
const nameOf = (what: string, method: string, path: string): string =>
  `${what} ${method} ${path.split('?')[0]?.replaceAll(/[0-9]+/g, ':id')}`

interface Sent {
  readonly method: string
  readonly path: string
  readonly init: RequestInit | undefined
}

/** Half of the time the browser says so, otherwise the request hangs until somebody loses patience. */
function fail(owner: Owner): Promise<never> {
  if (present.chance.isLikely(0.5)) return Promise.reject(new TypeError('no network'))
  return new Promise((_, reject) => {
    present.time.after(60_000, () => reject(new TypeError('no network')), owner)
  })
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}

/** As much of a response as the client reads. What was sent is text, so nobody shares objects with the server. */
function responseOf(status: number, value: unknown, retryAfterMs: number | null = null): Response {
  const text = JSON.stringify(value)
  const retryAfter = retryAfterMs === null ? null : String(Math.ceil(retryAfterMs / 1000))
  return {
    ok: status < 400,
    status,
    headers: { get: (name: string) => (name.toLowerCase() === 'retry-after' ? retryAfter : null) },
    json: () => Promise.resolve(JSON.parse(text) as unknown),
  } as unknown as Response // see above
}

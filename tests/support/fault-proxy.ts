/** One person's network: an HTTP proxy in front of the real server that loses, delays, cuts and swallows as a test tells it. */
import {
  createServer,
  request as callServer,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { pipeline, type Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from './free-port.ts'

export type Treatment =
  | {
      readonly kind: 'pass'
      /** Waits before the server hears of the request. */
      readonly beforeMs?: number
      /** Waits before the browser hears of the answer. */
      readonly afterMs?: number
      /** Changes the body of the answer. */
      readonly rewrite?: (body: string) => string
      /** Beside the headers of the answer, or in their place. */
      readonly headers?: Readonly<Record<string, string>>
      /** In place of the status of the answer. */
      readonly status?: number
      /** What the answer goes through on its way; when it breaks, so does the connection. */
      readonly through?: Duplex
      /** So long after the server has heard of the request, it hears it once more. */
      readonly againAfterMs?: number
    }
  /** The connection breaks before the server has heard anything. */
  | { readonly kind: 'refuse' }
  /** The server does its work, and its answer is lost. */
  | { readonly kind: 'lose-answer' }
  /** Nobody answers, and nothing breaks. */
  | { readonly kind: 'hang' }
  /** Something in between answers for the server. */
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterS?: number }

export interface Call {
  readonly method: string
  readonly path: string
}

/** What a browser was sent. */
export interface RecordedAnswer {
  readonly path: string
  /** Names and values of all headers. */
  readonly head: string
  readonly chunks: Buffer[]
}

export const isAppend = ({ method, path }: Call): boolean => method === 'POST' && path.endsWith('/entries')
export const isPull = ({ method, path }: Call): boolean => method === 'GET' && path.endsWith('/entries')
export const isStream = ({ path }: Call): boolean => path === '/api/stream'

const PASS: Treatment = { kind: 'pass' }
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/** A machine that stands still for seconds must not send on a connection that is just being closed: breaks are the rule's alone. */
const KEEP_ALIVE = { keepAliveTimeout: 300_000 }

interface Streaming {
  readonly response: ServerResponse
  isSwallowed: boolean
}

export class FaultProxy {
  readonly port: number
  /** All that came by, oldest first. */
  readonly calls: Call[] = []
  /** Every answer that was passed on as it came, from the moment at which `record` was called. */
  readonly answers: RecordedAnswer[] = []
  #isRecording = false
  #rule: (call: Call) => Treatment = () => PASS
  #target: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #streams = new Set<Streaming>()

  /** Starts a proxy in front of the server on port `target` of this machine. */
  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, await findFreePort())
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.port, '127.0.0.1', resolve))
    return proxy
  }

  private constructor(target: number, port: number) {
    this.#target = target
    this.port = port
    this.#server = createServer(KEEP_ALIVE, (request, response) => void this.#treat(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Keeps all that browsers are sent from now on. */
  record(): void {
    this.#isRecording = true
  }

  /** Treats each request from now on as `rule` says. */
  treat(rule: (call: Call) => Treatment): void {
    this.#rule = rule
  }

  /** Passes on to another port from now on; what is open breaks. */
  retarget(target: number): void {
    this.#target = target
    this.cut()
  }

  /** Lets everything through. */
  mend(): void {
    this.treat(() => PASS)
  }

  /** Takes the network away: what is open breaks, and nothing gets through until `mend`. */
  goDown(): void {
    this.treat(() => ({ kind: 'refuse' }))
    this.cut()
  }

  /** Breaks all open connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** The live streams that are open now stay open and say nothing any more, as behind a router that forgot them. */
  swallowStreams(): void {
    for (const stream of this.#streams) stream.isSwallowed = true
  }

  get streamCount(): number {
    return this.#streams.size
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #treat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call: Call = { method: request.method ?? '', path: (request.url ?? '').split('?')[0] ?? '' }
    this.calls.push(call)
    const treatment = this.#rule(call)
    switch (treatment.kind) {
      case 'refuse':
        request.socket.destroy()
        return
      case 'hang':
        return
      case 'answer':
        if (treatment.retryAfterS !== undefined) response.setHeader('retry-after', treatment.retryAfterS)
        response.writeHead(treatment.status, { 'content-type': 'text/html' }).end('<h1>Error</h1>')
        return
      case 'lose-answer': {
        const answer = await this.#askServer(request, response)
        answer?.resume().once('end', () => response.destroy())
        return
      }
      case 'pass':
        await this.#passOn(call, treatment, { request, response })
    }
  }

  async #passOn(
    call: Call,
    {
      beforeMs = 0,
      afterMs = 0,
      rewrite,
      headers,
      status,
      through,
      againAfterMs,
    }: Treatment & { kind: 'pass' },
    { request, response }: { request: IncomingMessage; response: ServerResponse },
  ): Promise<void> {
    await delay(beforeMs)
    if (againAfterMs !== undefined) this.#repeat(request, againAfterMs)
    const answer = await this.#askServer(request, response)
    if (!answer) return
    if (status !== undefined) answer.statusCode = status
    Object.assign(answer.headers, headers)
    await delay(afterMs)
    if (rewrite) await sendRewritten(answer, response, rewrite)
    else this.#pass(call, answer, { response, through })
  }

  /** Its answer is nobody's. Call it when the request is about to be read. */
  #repeat(request: IncomingMessage, afterMs: number): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      setTimeout(() => {
        const again = callServer(this.#copyOf(request))
        again.once('response', (answer) => answer.resume())
        again.once('error', () => undefined)
        again.end(Buffer.concat(chunks))
      }, afterMs)
    })
  }

  #copyOf({ method, url, headers }: IncomingMessage): RequestOptions {
    return { host: '127.0.0.1', port: this.#target, agent: false, method, path: url, headers }
  }

  /** Null when the server broke the connection, or the browser went away. */
  #askServer(request: IncomingMessage, response: ServerResponse): Promise<IncomingMessage | null> {
    return new Promise((resolve) => {
      const call = callServer(this.#copyOf(request))
      call.once('response', resolve)
      call.once('error', () => {
        response.destroy()
        resolve(null)
      })
      response.once('close', () => call.destroy())
      request.pipe(call)
    })
  }

  #pass(
    call: Call,
    answer: IncomingMessage,
    { response, through }: { response: ServerResponse; through: Duplex | undefined },
  ): void {
    const body = through ? pipeline(answer, through, () => undefined) : answer
    const stream: Streaming = { response, isSwallowed: false }
    const recorded: RecordedAnswer = { path: call.path, head: answer.rawHeaders.join('\n'), chunks: [] }
    if (this.#isRecording) this.answers.push(recorded)
    if (isStream(call)) this.#streams.add(stream)
    response.once('close', () => this.#streams.delete(stream))
    sendHead(answer, response)
    response.flushHeaders()
    body.on('data', (chunk: Buffer) => {
      if (this.#isRecording) recorded.chunks.push(chunk)
      if (!stream.isSwallowed) response.write(chunk)
    })
    body.once('end', () => {
      if (!stream.isSwallowed) response.end()
    })
    body.once('error', () => {
      if (!stream.isSwallowed) response.destroy()
    })
  }
}

function sendHead(answer: IncomingMessage, response: ServerResponse, without: readonly string[] = []): void {
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined && !HOP_BY_HOP.has(name) && !without.includes(name))
      response.setHeader(name, value)
  response.statusCode = answer.statusCode ?? 502
}

async function sendRewritten(
  answer: IncomingMessage,
  response: ServerResponse,
  rewrite: (body: string) => string,
): Promise<void> {
  const chunks: Buffer[] | null = await answer.toArray().catch(() => null)
  if (!chunks) return void response.destroy()
  sendHead(answer, response, ['content-length', 'etag', 'last-modified'])
  response.end(rewrite(Buffer.concat(chunks).toString()))
}

/** The ways to the server that the bench takes: straight to it over HTTP/1.1, or through nginx with TLS and HTTP/2. */
import { readFile } from 'node:fs/promises'
import { Agent, request as requestPlain } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import type { Readable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { DOMAIN, type Site } from '../nginx/site.ts'
import { Visitor } from '../server/visitor.ts'

/** Where a site counts connections by address: so many share one, as behind a router. */
const READERS_PER_ADDRESS = 100

export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export interface Answer {
  readonly status: number
  readonly body: Readable
}

/** One browser's way to the server; all its requests take it. */
export interface Line {
  /** Throws when the connection breaks before the answer has begun. */
  send(call: Call): Promise<Answer>
  close(): void
}

export interface Entrance {
  readonly origin: string
  /** The cookie that holds a session there. */
  readonly sessionCookie: string
  /** A line for the browser of that number, from 0. */
  readonly open: (index: number) => Promise<Line>
}

/** Straight to an app server on this machine. */
export function plainEntrance(origin: string): Entrance {
  return {
    origin,
    sessionCookie: 'session',
    open: () => {
      const agent = new Agent({ keepAlive: true })
      return Promise.resolve({
        send: ({ path, method, headers, body }) =>
          new Promise<Answer>((resolve, reject) => {
            requestPlain(new URL(path, origin), { agent, method, headers })
              .once('error', reject)
              .once('response', (response) => resolve({ status: response.statusCode ?? 0, body: response }))
              .end(body)
          }),
        close: () => agent.destroy(),
      })
    },
  }
}

/** Through nginx as it ships: a connection for each browser, with TLS and HTTP/2. */
export async function siteEntrance({ origin, httpsPort, certificate }: Site): Promise<Entrance> {
  const ca = await readFile(certificate.ca)
  return {
    origin,
    sessionCookie: '__Host-session',
    open: async (index) => {
      const session = connectHttp2(origin, {
        createConnection: () =>
          connectTls({
            socket: connectTcp({
              host: '127.0.0.1',
              port: httpsPort,
              localAddress: addressOf(Math.floor(index / READERS_PER_ADDRESS)),
            }),
            servername: DOMAIN,
            ALPNProtocols: ['h2'],
            ca,
          }),
      })
      await new Promise<void>((resolve, reject) => {
        session.once('connect', () => resolve()).once('error', reject)
      })
      session.on('error', () => session.destroy())
      return { send: (call) => sendOver(session, call), close: () => session.destroy() }
    },
  }
}

/** An address of loopback, which the system has without being told. */
function addressOf(number: number): string {
  return `127.1.${Math.floor(number / 250)}.${(number % 250) + 1}`
}

function sendOver(session: ClientHttp2Session, { method, path, headers, body }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ...headers,
      [constants.HTTP2_HEADER_METHOD]: method,
      [constants.HTTP2_HEADER_PATH]: path,
    })
    stream
      .once('error', reject)
      .once('response', (head) =>
        resolve({ status: Number(head[constants.HTTP2_HEADER_STATUS]), body: stream }),
      )
      .end(body)
  })
}

/** Somebody whose requests take one line. Their cookie is given, and stays. */
export class LineVisitor extends Visitor {
  readonly #line: Line

  constructor(origin: string, line: Line) {
    super(origin, Date.now)
    this.#line = line
  }

  override async send(
    method: string,
    path: string,
    { body, headers }: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const all = { cookie: this.cookie, ...headers }
    const answer = await this.#line.send({ method, path, headers: all, body })
    let text = ''
    for await (const part of answer.body.setEncoding('utf8')) text += String(part)
    return new Response(text, { status: answer.status })
  }
}

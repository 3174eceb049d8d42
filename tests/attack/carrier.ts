/**
 * Stands between an attack tool and the server: puts a session that is valid now and its token into each request, so that the
 * tool is not refused at the door, and counts how far its requests come.
 */
import { createServer, request as callServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as v from 'valibot'
import { errorBody, type ErrorCode } from '../../server/wire/errors.ts'
import type { Visitor } from '../server/visitor.ts'
import { findFreePort } from '../support/free-port.ts'

/** Stand in a tool's request for what is valid at the moment. */
export const COOKIE = 'COOKIE-OF-THE-MOMENT'
export const TOKEN = 'TOKEN-OF-THE-MOMENT'

/** Refusals that every route makes before its own code runs. */
const AT_THE_DOOR: ReadonlySet<ErrorCode> = new Set([
  'body_too_large',
  'csrf_mismatch',
  'invalid_body',
  'invalid_path',
  'method_not_allowed',
  'not_found',
  'not_signed_in',
  'password_change_required',
  'step_up_required',
  'wrong_content_type',
  'wrong_origin',
])
/** Of these, those that a new session remedies. */
const OUTDATED: ReadonlySet<ErrorCode> = new Set([
  'csrf_mismatch',
  'not_signed_in',
  'password_change_required',
  'step_up_required',
])

export interface Counts {
  /** Requests of the tool. */
  requests: number
  /** Those that were not refused before the route's own code. */
  handled: number
  /** Answers that say a fault of the server: 500 and above. */
  faults: number
}

export interface Carrier {
  /** Where the tool is to be pointed at. */
  readonly origin: string
  readonly counts: Readonly<Counts>
  stop(): Promise<void>
}

export interface CarrierParts {
  /** Of the server. */
  readonly origin: string
  readonly visitor: Visitor
  /** Gives the visitor a session that the route accepts. */
  readonly renew: (visitor: Visitor) => Promise<void>
  /** Called before each request. */
  readonly raiseLimits: () => Promise<void>
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export async function startCarrier({ origin, visitor, renew, raiseLimits }: CarrierParts): Promise<Carrier> {
  const counts: Counts = { requests: 0, handled: 0, faults: 0 }
  const port = await findFreePort()
  const target = new URL(origin)

  async function pass(request: IncomingMessage, given: string): Promise<Answer> {
    await raiseLimits()
    const cookie = request.headers.cookie
    const headers = {
      ...request.headers,
      host: target.host,
      ...(request.method === 'POST' ? { origin } : {}),
      ...(cookie === undefined ? {} : { cookie: cookie.replace(COOKIE, () => visitor.cookie) }),
    }
    const body = Buffer.from(given.replace(TOKEN, () => visitor.token))
    return send(target, request, { ...headers, 'content-length': String(body.length) }, body)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = Buffer.concat(await request.toArray()).toString()
    let answer = await pass(request, given)
    // A token or a cookie that the tool changed is refused with reason.
    const isOurs =
      given.includes(`"${TOKEN}"`) || (request.method === 'GET' && request.headers.cookie === COOKIE)
    if (isOurs && isAmong(OUTDATED, answer)) {
      await renew(visitor)
      answer = await pass(request, given)
    }
    counts.requests++
    if (answer.status >= 500) counts.faults++
    if (!isAmong(AT_THE_DOOR, answer)) counts.handled++
    // What the server says of its cookies stays here: the tool would go on with them.
    const { 'set-cookie': _cookies, 'transfer-encoding': _encoding, ...headers } = answer.headers
    response.writeHead(answer.status, headers).end(answer.body)
  }

  await renew(visitor)
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${port}`,
    counts,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(
  target: URL,
  { method, url }: IncomingMessage,
  headers: IncomingMessage['headers'],
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = callServer({ host: '127.0.0.1', port: target.port, method, path: url, headers })
    call.once('error', reject)
    call.once('response', (response) => {
      response
        .toArray()
        .then((chunks: Buffer[]) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        )
        .catch(reject)
    })
    call.end(body)
  })
}

/** Whether an answer is one of these refusals, or none of the API's at all. */
function isAmong(codes: ReadonlySet<ErrorCode>, { status, body }: Answer): boolean {
  if (status < 400) return false
  try {
    return codes.has(v.parse(errorBody, JSON.parse(body.toString())).error.code)
  } catch {
    return true
  }
}

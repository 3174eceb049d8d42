/** The only place that fetches. Calls a route of the wire's table and parses what comes back. */
import * as v from 'valibot'
import type { Session } from '../../../server/wire/account.ts'
import { errorBody, type ErrorCode } from '../../../server/wire/errors.ts'
import {
  routes,
  type AnswerOf,
  type BodyOf,
  type ParamsOf,
  type QueryOf,
  type RouteName,
} from '../../../server/wire/routes.ts'

const CALL_MOST_MS = 20_000
/** Timers fire at once when they are told to wait for more than 24 days. */
const RETRY_AFTER_MOST_MS = 60 * 60_000

/** The server answered with a refusal. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  /** Null when the body was not ours: a proxy's page, say. */
  readonly code: ErrorCode | null
  readonly retryAfterMs: number | null

  constructor(status: number, code: ErrorCode | null, retryAfterMs: number | null) {
    super(`the server refused: ${status} ${code ?? 'without a code'}`)
    this.status = status
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** No answer, or none that can be understood: as if the server were not there. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

type WithoutToken<B> = B extends { token: string } ? Omit<B, 'token'> : never
interface CallParts<N extends RouteName> {
  readonly params?: ParamsOf<N>
  readonly query?: QueryOf<N>
  /** Without the token, which the api adds. */
  readonly body?: WithoutToken<BodyOf<N>>
  readonly signal?: AbortSignal
  /** Only in the name of this account: with another one signed in the call is refused here, as without a session. */
  readonly as?: number
}

export interface Api {
  /** Calls a route. Throws `Refused` or `Unreachable`. A refused token is fetched anew once, and the call repeated once. */
  call<N extends RouteName>(name: N, parts?: CallParts<N>): Promise<AnswerOf<N>>
  /** Tells every session that the server answers with, also one of nobody. */
  onSession(listener: (session: Session) => void): void
  /** Opens the live stream; the caller reads its bytes. Throws `Refused`, and `Unreachable` when no answer begins in 20 s. */
  openStream(signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
}

/** `fetch` and a clock are given, so that the worker, the page and the tests each use their own. */
export function createApi(fetchFunction: typeof fetch): Api {
  let token: string | null = null
  let account: number | null = null
  const sessionListeners: ((session: Session) => void)[] = []

  async function send(name: RouteName, parts: CallParts<RouteName>): Promise<Response> {
    const route = routes[name]
    const init: RequestInit = {
      method: route.method,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: anySignal(parts.signal),
    }
    if (route.method === 'POST') {
      token ??= (await readAnswer('session', await send('session', {}))).token
      if (parts.as !== undefined && parts.as !== account) throw new Refused(401, 'not_signed_in', null)
      init.headers = { 'content-type': 'application/json' }
      init.body = JSON.stringify({ token, ...(parts.body as object | undefined) }) // every body is an object of the wire
    }
    return fetchFunction(addressOf(name, parts), init).catch((cause: unknown) => {
      throw new Unreachable('no answer', { cause })
    })
  }

  async function readAnswer<N extends RouteName>(name: N, response: Response): Promise<AnswerOf<N>> {
    const value: unknown = await response.json().catch(() => null)
    if (!response.ok) throw readRefusal(response, value)
    const schema = routes[name].answer
    if (!schema || !v.is(schema, value)) throw new Unreachable(`an answer to ${name} that is not ours`)
    if (isSession(value)) {
      token = value.token
      account = value.account?.id ?? null
      for (const listener of sessionListeners) listener(value)
    }
    return value as AnswerOf<N> // `schema` is the schema that AnswerOf infers from
  }

  return {
    async call(name, parts = {}) {
      try {
        return await readAnswer(name, await send(name, parts))
      } catch (error) {
        if (!isTokenStale(name, error)) throw error
        const before = account
        await readAnswer('session', await send('session', {}))
        // The token bound the call to one account's session: it is never made in the name of another.
        if (isOfAccount(name) && account !== before) throw error
        return readAnswer(name, await send(name, parts))
      }
    },
    onSession(listener) {
      sessionListeners.push(listener)
    },
    async openStream(signal) {
      // Only until the answer begins: the stream itself goes on.
      const patience = new AbortController()
      const timer = setTimeout(() => patience.abort(), CALL_MOST_MS)
      const response = await fetchFunction(routes.stream.path, {
        credentials: 'same-origin',
        cache: 'no-store',
        headers: { accept: 'text/event-stream' },
        signal: AbortSignal.any([signal, patience.signal]),
      })
        .catch((cause: unknown) => {
          throw new Unreachable('no answer', { cause })
        })
        .finally(() => clearTimeout(timer))
      if (!response.ok) throw readRefusal(response, await response.json().catch(() => null))
      if (!response.body) throw new Unreachable('a stream without a body')
      return response.body
    },
  }
}

const isOfAccount = (name: RouteName): boolean => ['session', 'stepped-up'].includes(routes[name].access)

/** Our token belongs to a session that ended or was replaced meanwhile. A call that needs none gets a new one. */
function isTokenStale(name: RouteName, error: unknown): boolean {
  if (!(error instanceof Refused)) return false
  if (error.code === 'csrf_mismatch') return true
  return error.code === 'not_signed_in' && routes[name].access === 'pre-session'
}

function addressOf(name: RouteName, parts: CallParts<RouteName>): string {
  const params: Record<string, string | number> = { ...parts.params }
  const path = routes[name].path.replace(/:([a-z]+)/g, (_, key: string) =>
    encodeURIComponent(String(params[key])),
  )
  const query = new URLSearchParams(
    Object.entries({ ...parts.query }).map(([key, value]) => [key, String(value)]),
  ).toString()
  return query ? `${path}?${query}` : path
}

function anySignal(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(CALL_MOST_MS)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

function readRefusal(response: Response, value: unknown): Refused | Unreachable {
  const parsed = v.safeParse(errorBody, value)
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1000, RETRY_AFTER_MOST_MS) : null
  return new Refused(response.status, parsed.success ? parsed.output.error.code : null, retryAfterMs)
}

const isSession = (value: unknown): value is Session => v.is(routes.session.answer, value)

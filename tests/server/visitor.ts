/** Someone with a browser: keeps the cookie, sends origin and token, and checks every answer by the wire's schemas. */
import * as v from 'valibot'
import type { EnrolmentSecret, Session } from '../../server/wire/account.ts'
import type { CaptchaAnswer } from '../../server/wire/captcha.ts'
import { errorBody } from '../../server/wire/errors.ts'
import { type AnswerOf, type Route, type RouteName, routes } from '../../server/wire/routes.ts'
import { solveCaptcha } from '../support/solve-captcha.ts'
import { totpCode } from '../support/totp.ts'
import { LiveReader } from './live-reader.ts'

export interface Refused {
  readonly status: number
  readonly code: string
  readonly at: string | undefined
}
export type Body = Readonly<Record<string, unknown>>
/** What a person has to sign in with. */
export interface Credentials {
  readonly username: string
  readonly password: string
  readonly address: string
  readonly recoveryCodes: readonly string[]
}

let visitors = 0
const STEP_MS = 30_000

export class Visitor {
  /** As the browser would send it; empty for none. */
  cookie = ''
  /** The cookie by which accounts know this browser; empty for none. */
  device = ''
  token = ''
  /** Where its requests go: the site's origin, or one of several servers behind it. */
  address: string
  readonly #origin: string
  readonly #now: () => number

  constructor(origin: string, now: () => number) {
    this.#origin = origin
    this.address = origin
    this.#now = now
  }

  /** One request, as it is. Keeps the cookies that come back. */
  async send(
    method: string,
    path: string,
    options: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const cookies = [this.cookie, this.device].filter(Boolean).join('; ')
    const headers = { ...(cookies ? { Cookie: cookies } : {}), ...options.headers }
    const response = await fetch(this.address + path, {
      method,
      headers,
      redirect: 'manual',
      ...(options.body === undefined ? {} : { body: options.body }),
    })
    for (const line of response.headers.getSetCookie()) this.#keepCookie(line)
    // It would take keys, history and outbox with it (reliability A5).
    if (/storage|\*/.test(response.headers.get('Clear-Site-Data') ?? ''))
      throw new Error(`${path} clears what the browser keeps`)
    return response
  }

  #keepCookie(line: string): void {
    const pair = line.includes('Max-Age=0') ? '' : (line.split(';')[0] ?? '')
    if (line.startsWith('dev=')) this.device = pair
    else this.cookie = pair
  }

  /** Sends JSON as our page does. */
  post(path: string, body: Body, headers: Record<string, string> = {}): Promise<Response> {
    return this.send('POST', path, {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', Origin: this.#origin, ...headers },
    })
  }

  /** Calls a route with the token. Throws unless the answer is a success of the route's own schema. */
  async call<N extends RouteName>(
    name: N,
    { at = {}, query = '', body = {} }: { at?: Body; query?: string; body?: Body } = {},
  ): Promise<AnswerOf<N>> {
    const route: Route = routes[name]
    const response = await this.#request(route, { at, query, body })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`${name}: ${response.status} ${JSON.stringify(answer)}`)
    if (!route.answer) throw new Error(`${name} has no answer to parse`)
    // The schema is the one that the type is inferred from.
    return v.parse(route.answer, answer) as AnswerOf<N>
  }

  /** Calls a route that refuses. Throws unless the answer is a refusal of the one schema for them. */
  async refused(
    name: RouteName,
    { at = {}, query = '', body = {} }: { at?: Body; query?: string; body?: Body } = {},
  ): Promise<Refused> {
    return readRefusal(await this.#request(routes[name], { at, query, body }))
  }

  #request(route: Route, { at, query, body }: { at: Body; query: string; body: Body }): Promise<Response> {
    const path = route.path.replaceAll(/:(\w+)/g, (_all, name: string) => String(at[name])) + query
    return route.method === 'GET' ? this.send('GET', path) : this.post(path, { token: this.token, ...body })
  }

  /** Fetches the session, or a pre-session, and keeps its token. */
  async openSession(): Promise<Session> {
    return this.#keep(await this.call('session'))
  }

  async beginEnrolment(username: string, password: string): Promise<EnrolmentSecret> {
    await this.openSession()
    const captcha = await this.solveCaptcha()
    return this.call('beginEnrolment', { body: { username, password, captcha } })
  }

  /** The answer to a new captcha of this pre-session. */
  async solveCaptcha(): Promise<CaptchaAnswer> {
    return solveCaptcha(await this.call('beginCaptcha'))
  }

  /** Registers under a new name and is signed in then. */
  async register(username = `visitor${++visitors}`): Promise<Credentials & { id: number }> {
    const password = `correct horse ${username}`
    const { address } = await this.beginEnrolment(username, password)
    const { codes } = await this.call('confirmEnrolment', { body: { code: this.codeOf(address) } })
    const session = this.#keep(await this.call('activateEnrolment'))
    if (!session.account) throw new Error('activation did not sign in')
    return { id: session.account.id, username, password, address, recoveryCodes: codes }
  }

  /** Signs in with the code of this step, or of another one beside it. */
  async logIn({ username, password, address }: Credentials, steps = 0): Promise<Session> {
    const second = { type: 'totp', value: this.codeOf(address, steps) }
    await this.openSession()
    return this.#keep(await this.call('login', { body: { username, password, second } }))
  }

  /** The code that the authenticator shows, `steps` steps of 30 s from now. */
  codeOf(address: string, steps = 0): string {
    return totpCode(address, this.#now() + steps * STEP_MS)
  }

  /** Opens the live stream; reading it throws after so long without a byte. Throws when it is refused. */
  async listen(silenceMostMs?: number): Promise<LiveReader> {
    const response = await this.send('GET', routes.stream.path, {
      headers: { 'Sec-Fetch-Site': 'same-origin' },
    })
    if (response.status !== 200) throw new Error(`stream: ${response.status} ${await response.text()}`)
    return new LiveReader(response, silenceMostMs)
  }

  #keep(session: Session): Session {
    this.token = session.token
    return session
  }
}

/** The refusal of a response. Throws when it is not one. */
export async function readRefusal(response: Response): Promise<Refused> {
  const text = await response.text()
  if (response.ok) throw new Error(`not refused: ${response.status} ${text}`)
  const { error } = v.parse(errorBody, JSON.parse(text))
  return { status: response.status, code: error.code, at: error.at }
}

/** Every route that takes something, as a request in which each value is marked for the tool. */
import { type Route, type RouteName, routes } from '../../server/wire/routes.ts'
import { rightBodies } from '../server/right-bodies.ts'
import type { Visitor } from '../server/visitor.ts'
import { COOKIE, TOKEN } from './carrier.ts'

/** sqlmap tries what stands before this sign. */
const MARK = '*'

export interface Target {
  readonly name: string
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Gives a visitor the session in which the route is to be called. */
  readonly renew: (visitor: Visitor) => Promise<void>
}

/**
 * The targets of one server.
 * @param contact an account there, as the other one of conversations
 */
export function listTargets(contact: number): Target[] {
  // The keys of the table are its names.
  const names = (Object.keys(routes) as RouteName[]).filter((name) => takesSomething(routes[name]))
  return [...names.map((name) => targetOf(name, contact)), headersTarget()]
}

const takesSomething = ({ body, path }: Route): boolean =>
  body !== null || path.includes(':') || path === routes.pull.path

function targetOf(name: RouteName, contact: number): Target {
  const { method, path }: Route = routes[name]
  const at: Readonly<Record<string, string>> = {
    contact: String(contact),
    session: '1',
    key: '1',
    app: '1',
    authenticator: '1',
    username: 'somebody',
  }
  const query = name === 'pull' ? `?after=0${MARK}&limit=10${MARK}` : ''
  return {
    name,
    method,
    path: path.replaceAll(/:(\w+)/g, (_all, part: string) => `${at[part]}${MARK}`) + query,
    headers: { Cookie: COOKIE, ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}) },
    body: method === 'POST' ? markBody(bodyOf(name)) : '',
    renew: (visitor) => prepare(name, visitor),
  }
}

/** What comes with every request, and is kept of some. */
function headersTarget(): Target {
  return {
    name: 'headers',
    method: 'GET',
    path: routes.session.path,
    headers: {
      Cookie: `${COOKIE}${MARK}; dev=0${MARK}`,
      'User-Agent': `Mozilla/5.0${MARK}`,
      Referer: `http://localhost/${MARK}`,
      'X-Forwarded-For': `127.0.0.1${MARK}`,
      'X-Forwarded-Host': `localhost${MARK}`,
    },
    body: '',
    renew: async (visitor) => void (await visitor.register()),
  }
}

function bodyOf(name: RouteName): object {
  const bodies: Partial<Record<RouteName, object>> = rightBodies
  return bodies[name] ?? {}
}

/** The token stays right where there is anything else to try. */
function markBody(body: object): string {
  const isEmpty = Object.keys(body).length === 0
  return JSON.stringify(isEmpty ? { token: TOKEN + MARK } : { token: TOKEN, ...markMembers(body) })
}

const markMembers = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([name, inside]: [string, unknown]) => [name, mark(inside)]))

function mark(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mark)
  if (typeof value === 'object' && value !== null) return markMembers(value)
  return `${String(value)}${MARK}`
}

async function prepare(name: RouteName, visitor: Visitor): Promise<void> {
  if (name === 'confirmEnrolment') {
    await visitor.beginEnrolment(`new${Date.now()}`, 'a long enough password')
    return
  }
  if (routes[name].access === 'pre-session') {
    await visitor.openSession()
    return
  }
  await visitor.register()
  if (name === 'confirmTotp') await visitor.call('beginTotp')
}

/** Every address that is read by a link: routes with their queries, screens, and two that are not there. */
export function listPages(contact: number): string[] {
  const at: Readonly<Record<string, string>> = { contact: String(contact), username: 'somebody' }
  // The live stream does not end.
  const read = Object.values<Route>(routes).filter(
    ({ method, path }) => method === 'GET' && path !== routes.stream.path,
  )
  const paths = read.map(({ path }) => path.replaceAll(/:(\w+)/g, (_all, part: string) => at[part] ?? ''))
  return [
    ...paths,
    `/api/conversations/${contact}/entries?after=0&limit=10`,
    '/register',
    '/recover',
    '/account',
    '/assets/',
    '/?next=/',
    '/nothing?name=somebody',
  ]
}

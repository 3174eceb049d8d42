import { toJsonSchema } from '@valibot/to-json-schema'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { randomText } from '../contracts/entries.ts'
import { type Route, type RouteName, routes } from '../../server/wire/routes.ts'
import { type BodyRoute, rightBodies } from './right-bodies.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { type Body, readRefusal, type Visitor } from './visitor.ts'

/** The table's entries, as pairs that keep their names. */
const allRoutes = Object.entries(routes) as [RouteName, Route][]
const bodyRoutes = allRoutes.filter((pair): pair is [BodyRoute, Route] => pair[1].body !== null)

const wrongValues: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  2 ** 60,
  '',
  '\u0000',
  'x'.repeat(5000),
  'ÄÖÜ',
  "' OR 1=1 --",
  [],
  [[]],
  ['a'],
  {},
  { x: 1 },
]

/** Routes that answer 401 to a password that is not the right one, or that comes with wrong codes. */
const JUDGED = new Set<RouteName>(['login', 'stepUp', 'recoverPassword'])

const webauthnProof = {
  credential: randomText(32),
  clientData: randomText(100),
  authenticatorData: randomText(37),
  signature: randomText(70),
}

let server: TestServer
let visitor: Visitor
let contact: number
let own: number
beforeAll(async () => {
  server = await startTestServer()
  visitor = server.visit()
  own = (await visitor.register()).id
  await visitor.openSession()
  contact = (await server.visit().register()).id
})
afterAll(() => server.remove())

let before: Record<string, number>
beforeEach(async () => {
  before = await countStored()
})
/** Attempts that fail are counted and written down, which is no harm. */
const ATTEMPTS = ['throttles', 'address_failures', 'security_events']
async function countStored(): Promise<Record<string, number>> {
  const counts = Object.entries(await server.countRows())
  return Object.fromEntries(counts.filter(([table]) => !ATTEMPTS.includes(table)))
}
const expectNothingStored = async () => expect(await countStored()).toEqual(before)

const pathOf = (name: RouteName, at: string | number = contact): string =>
  routes[name].path.replaceAll(/:\w+/g, encodeURIComponent(String(at)))

async function sendBody(name: BodyRoute, body: unknown): Promise<{ status: number; code: string }> {
  const headers = { 'Content-Type': 'application/json', Origin: server.origin }
  const response = await visitor.send('POST', pathOf(name), { body: JSON.stringify(body), headers })
  return readRefusal(response)
}
const rightBody = (name: BodyRoute): Body => ({ token: visitor.token, ...rightBodies[name] })

test('the table of right bodies has every route that takes one', () => {
  expect(bodyRoutes.map(([name]) => name).sort()).toEqual(Object.keys(rightBodies).sort())
})

describe.each(bodyRoutes)('%s', (name, route) => {
  const { properties = {}, required = [] } = route.body
    ? toJsonSchema(route.body, { errorMode: 'ignore' })
    : {}
  const fields = Object.keys(properties)

  test('refuses a field that it does not know', async () => {
    for (const extra of ['more', 'hint', 'isAdmin', 'constructor', 'toString']) {
      const refused = await sendBody(name, { ...rightBody(name), [extra]: 1 })
      expect(refused).toMatchObject({ status: 400, code: 'invalid_body', at: extra })
    }
    await expectNothingStored()
  })

  test.each(required)('refuses a body without %s', async (field) => {
    const { [field]: _left, ...rest } = rightBody(name)
    const code = field === 'token' ? 'csrf_mismatch' : 'invalid_body'
    expect(await sendBody(name, rest)).toMatchObject({ code })
    await expectNothingStored()
  })

  test.each(fields)('refuses every wrong value of %s', async (field) => {
    for (const value of wrongValues) {
      const isRight = JSON.stringify(value) === JSON.stringify(rightBody(name)[field])
      if (isRight || isAlsoRight(name, field, value)) continue
      const { status } = await sendBody(name, { ...rightBody(name), [field]: value })
      // Any text may be tried as a password.
      const isJudged = JUDGED.has(name) && field === 'password' && typeof value === 'string'
      expect(isJudged ? [400, 401] : [400, 403], `${field}: ${JSON.stringify(value)}`).toContain(status)
    }
    await expectNothingStored()
  })

  test.each([
    ['nothing', ''],
    ['half an object', '{"token":'],
    ['a list', '[]'],
    ['a text', '"token"'],
    ['null', 'null'],
    ['a prototype', '{"__proto__":{"token":"x"}}'],
    ['depth', '['.repeat(20_000)],
  ])('refuses a body that is %s', async (_what, body) => {
    const headers = { 'Content-Type': 'application/json', Origin: server.origin }
    const { status } = await readRefusal(await visitor.send('POST', pathOf(name), { body, headers }))
    expect([400, 403]).toContain(status)
    await expectNothingStored()
  })

  test('refuses a body above its limit', async () => {
    const body = { ...rightBody(name), more: 'x'.repeat(route.bodyMostBytes) }
    expect(await sendBody(name, body)).toMatchObject({ status: 413, code: 'body_too_large' })
    await expectNothingStored()
  })
})

const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

/** Values of the list of wrong ones that these fields take. */
function isAlsoRight(name: BodyRoute, field: string, value: unknown): boolean {
  // The captcha, which is not there, comes first.
  if (name === 'beginEnrolment' && field === 'password') return typeof value === 'string'
  if (name === 'changePassword' && field === 'password') return typeof value === 'string' && value.length > 7
  const isName = value === 'ÄÖÜ' || value === "' OR 1=1 --"
  if (name === 'confirmWebauthn' && field === 'name') return isName
  if (name === 'confirmTotp' && field === 'name') return isName || value === null
  if (name === 'confirmTotp' && field === 'replaces') return value === null
  // Whatever the password, a report of loss has one answer.
  if (name === 'reportLoss' && field === 'password') return typeof value === 'string' && value.length < 5000
  if (name === 'storeKeyBackup' && field === 'text')
    return typeof value === 'string' && /^[\n -~]+$/.test(value)
  if (name === 'storeKeyBackup' && field === 'replaces') return value === null || isWhole(value)
  if (name === 'publishPrekeys' && field === 'isWholeStock') return typeof value === 'boolean'
  if (name === 'publishIdentity' && field === 'replaces') return value === null
  return name === 'beginRun' && field === 'previous' && Array.isArray(value) && value.length === 0
}

describe('append', () => {
  const appendPart = (part: Body) => sendBody('append', { ...rightBody('append'), entries: [part] })

  test.each([
    ['without an id', { envelope: '{}' }],
    ['without an envelope', { id: randomText(16) }],
    ['with a field too many', { id: randomText(16), envelope: '{}', seq: 1 }],
    ['with an id that is not canonical', { id: `${'A'.repeat(21)}B`, envelope: '{}' }],
    ['with an envelope that is an object', { id: randomText(16), envelope: {} }],
    ['with an envelope above 96 KiB', { id: randomText(16), envelope: 'x'.repeat(96 * 1024 + 1) }],
  ])('refuses an entry %s', async (_what, part) => {
    expect(await appendPart(part)).toMatchObject({ status: 400, code: 'invalid_body' })
    await expectNothingStored()
  })

  test('refuses 101 entries', async () => {
    const entries = Array.from({ length: 101 }, () => ({ id: randomText(16), envelope: '{}' }))
    expect(await sendBody('append', { ...rightBody('append'), entries })).toMatchObject({
      code: 'invalid_body',
    })
    await expectNothingStored()
  })
})

describe('login', () => {
  test.each([
    { type: 'totp', value: '12345' },
    { type: 'totp', value: '١٢٣٤٥٦' },
    { type: 'recovery', value: '123456' },
    { type: 'mail', value: '123456' },
    { type: 'totp', value: '123456', more: 1 },
    { value: '123456' },
    { type: 'webauthn', value: '123456' },
    { type: 'webauthn', value: { credential: 'AA', clientData: 'AA', authenticatorData: 'A'.repeat(50) } },
    { type: 'webauthn', value: { ...webauthnProof, signature: '' } },
    { type: 'webauthn', value: { ...webauthnProof, authenticatorData: randomText(36) } },
    { type: 'webauthn', value: { ...webauthnProof, credential: randomText(1024) } },
    { type: 'webauthn', value: { ...webauthnProof, clientData: `${randomText(96)}=` } },
    { type: 'webauthn', value: { ...webauthnProof, userHandle: 'AA' } },
  ])('refuses the second factor %o', async (second) => {
    const refused = await sendBody('login', { ...rightBody('login'), second })
    expect(refused).toMatchObject({ status: 400, code: 'invalid_body' })
  })
})

describe('a path with an account', () => {
  const withAccount = allRoutes.filter(([, route]) => route.path.includes(':contact'))

  test.each(withAccount)('%s refuses what is no account', async (name, route) => {
    for (const at of ['x', '-1', '0', '1.5', '01', '9007199254740993', '%00', '1e3', '%E0%A4%A', '../../x']) {
      const url = routes[name].path.replace(':contact', at.includes('%') ? at : encodeURIComponent(at))
      const query = name === 'pull' ? '?after=0' : ''
      const { status } = await readRefusal(await request(url + query, route, name))
      expect([400, 404], at).toContain(status)
    }
    await expectNothingStored()
  })

  test.each(withAccount)('%s refuses an account that is not', async (name, route) => {
    const query = name === 'pull' ? '?after=0' : ''
    const refused = await readRefusal(await request(pathOf(name, 12_345) + query, route, name))
    expect(refused).toMatchObject({ status: 404, code: 'account_not_found' })
    await expectNothingStored()
  })

  test.each(['append', 'pull', 'applied', 'drawPrekey'] as const)(
    '%s refuses a conversation with oneself',
    async (name) => {
      const query = name === 'pull' ? '?after=0' : ''
      const refused = await readRefusal(await request(pathOf(name, own) + query, routes[name], name))
      expect(refused).toMatchObject({ status: 422, code: 'conversation_with_self' })
      await expectNothingStored()
    },
  )

  test.each(['AB', 'a', 'Alice', 'a b c', 'a'.repeat(33), 'é', '%00', '1abc'])(
    'findAccount refuses the name %s',
    async (name) => {
      const url = `/api/accounts/by-name/${name.includes('%') ? name : encodeURIComponent(name)}`
      expect(await readRefusal(await visitor.send('GET', url))).toMatchObject({
        status: 400,
        code: 'invalid_path',
      })
    },
  )

  function request(url: string, route: Route, name: RouteName): Promise<Response> {
    if (route.method === 'GET') return visitor.send('GET', url)
    return visitor.post(url, rightBody(name as BodyRoute)) // a POST route has a body
  }
})

describe('pull', () => {
  test.each([
    '',
    '?after=',
    '?after=-1',
    '?after=x',
    '?after=1&after=2',
    '?after=0&limit=0',
    '?after=0&limit=501',
    '?after=0&more=1',
  ])('refuses the query "%s"', async (query) => {
    const refused = await readRefusal(await visitor.send('GET', pathOf('pull') + query))
    expect(refused).toMatchObject({ status: 400, code: 'invalid_path' })
  })
})

describe('a route without a query', () => {
  test.each(allRoutes.filter(([name, { method }]) => method === 'GET' && name !== 'pull'))(
    '%s refuses one',
    async (name) => {
      const at = name === 'findAccount' ? 'somebody' : contact
      const refused = await readRefusal(await visitor.send('GET', `${pathOf(name, at)}?more=1`))
      expect(refused).toMatchObject({ status: 400, code: 'invalid_path', at: 'more' })
      await expectNothingStored()
    },
  )
})

describe('every route that needs a session', () => {
  const guarded = allRoutes.filter(([, { access }]) => access === 'session' || access === 'stepped-up')

  test.each(guarded)('%s refuses a visitor without one, and one with a pre-session', async (name, route) => {
    const stranger = server.visit()
    for (const hasPreSession of [false, true]) {
      if (hasPreSession) await stranger.openSession()
      const body = { token: stranger.token, ...(route.body === null ? {} : rightBodies[name as BodyRoute]) } // has a body
      const response =
        route.method === 'GET'
          ? await stranger.send('GET', pathOf(name))
          : await stranger.post(pathOf(name), body)
      expect(await readRefusal(response)).toMatchObject({ status: 401, code: 'not_signed_in' })
    }
  })
})

describe('a body that is packed', () => {
  test.each(['gzip', 'deflate', 'br', 'zstd', 'identity'])('as %s is refused', async (encoding) => {
    const body = { ...rightBody('reportActivity') }
    for (const path of ['/api/session/activity', '/api/login']) {
      const response = await visitor.post(path, body, { 'Content-Encoding': encoding })
      expect(await readRefusal(response)).toMatchObject({ status: 415, code: 'wrong_content_type' })
    }
  })
})

describe('what is no route', () => {
  test.each([
    '/api',
    '/api/',
    '/api/nothing',
    '/api/session/',
    '/api/conversations/1/entries/2',
    '/api/../api/nothing',
  ])('refuses %s', async (path) => {
    expect(await readRefusal(await visitor.send('GET', path))).toMatchObject({
      status: 404,
      code: 'not_found',
    })
  })

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('refuses %s on a known path', async (method) => {
    const refused = await readRefusal(await visitor.send(method, '/api/identity'))
    expect(refused).toMatchObject({ status: 405, code: 'method_not_allowed' })
  })

  test('refuses POST where only GET is, and GET where only POST is', async () => {
    expect(await readRefusal(await visitor.post('/api/conversations', {}))).toMatchObject({ status: 405 })
    expect(await readRefusal(await visitor.send('GET', '/api/login'))).toMatchObject({ status: 405 })
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHash } from 'node:crypto'
import { startTestServer, type TestServer } from './test-server.ts'
import { readRefusal } from './visitor.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

const MINUTE_MS = 60_000

function readCookie(response: Response): { value: string; maxAge: number; line: string } {
  const [line = '', ...more] = response.headers.getSetCookie()
  expect(more).toEqual([])
  const maxAge = Number(/Max-Age=(\d+)/.exec(line)?.[1])
  return { value: /^session=([^;]*)/.exec(line)?.[1] ?? '', maxAge, line }
}

describe('the session', () => {
  test('begins as a pre-session of 256 bits, in a cookie that no script can read', async () => {
    const { line, value, maxAge } = readCookie(await server.visit().send('GET', '/api/session'))
    expect(Buffer.from(value, 'base64url')).toHaveLength(32)
    expect(line).toBe(`session=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict`)
    expect([15 * 60 - 1, 15 * 60]).toContain(maxAge)
  })

  test('is the same pre-session until somebody signs in', async () => {
    const visitor = server.visit()
    const first = await visitor.openSession()
    expect(first).toMatchObject({ account: null, endsAt: null, recoveryCodesLeft: null })
    expect((await visitor.openSession()).token).toBe(first.token)
  })

  test('is kept in the database as a hash only', async () => {
    const visitor = server.visit()
    await visitor.openSession()
    const value = visitor.cookie.slice('session='.length)
    const rows = await server.deps.db('sessions').select<{ key_hash: Buffer }[]>('key_hash')
    expect(rows.map((row) => row.key_hash.toString('hex'))).toContain(
      createHash('sha256').update(value).digest('hex'),
    )
    expect(JSON.stringify(rows)).not.toContain(value)
  })

  test('has a new value and a new token after activation and after login; the old value is worth nothing', async () => {
    const visitor = server.visit()
    await visitor.openSession()
    const planted = { cookie: visitor.cookie, token: visitor.token }
    const person = await visitor.register()
    expect(visitor.cookie).not.toBe(planted.cookie)
    expect(visitor.token).not.toBe(planted.token)
    const signedIn = visitor.cookie
    server.moveClock(2 * MINUTE_MS)
    await visitor.logIn(person)
    expect(visitor.cookie).not.toBe(signedIn)
    for (const cookie of [planted.cookie, signedIn]) {
      const thief = server.visit()
      thief.cookie = cookie
      expect(await thief.refused('conversations')).toMatchObject({ status: 401, code: 'not_signed_in' })
    }
  })

  test('does not take a value that the visitor made up', async () => {
    const visitor = server.visit()
    const made = `session=${'A'.repeat(43)}`
    visitor.cookie = made
    await visitor.openSession()
    expect(visitor.cookie).not.toBe(made)
  })

  test('ends with logout: row, cookie, and the value afterwards', async () => {
    const visitor = server.visit()
    await visitor.register()
    const { cookie } = visitor
    const response = await visitor.post('/api/session/end', { token: visitor.token })
    expect(readCookie(response)).toMatchObject({ value: '', maxAge: 0 })
    expect(response.headers.get('Clear-Site-Data')).toBeNull()
    visitor.cookie = cookie
    expect(await visitor.refused('conversations')).toMatchObject({ status: 401 })
  })

  test('lives for 30 minutes without a sign of the person, and not one moment more', async () => {
    const visitor = server.visit()
    await visitor.register()
    server.moveClock(30 * MINUTE_MS - 2000)
    await visitor.call('conversations')
    server.moveClock(2000)
    const response = await visitor.send('GET', '/api/conversations')
    expect(readCookie(response).maxAge).toBe(0)
    expect(await readRefusal(response)).toMatchObject({ status: 401, code: 'not_signed_in' })
  })

  test('stays ended when the clock goes back', async () => {
    const visitor = server.visit()
    await visitor.register()
    const { cookie } = visitor
    server.moveClock(30 * MINUTE_MS)
    await visitor.refused('conversations')
    server.moveClock(-30 * MINUTE_MS)
    visitor.cookie = cookie
    expect(await visitor.refused('conversations')).toMatchObject({ status: 401 })
  })

  test('is moved by activity, and by nothing else', async () => {
    const visitor = server.visit()
    await visitor.register()
    server.moveClock(20 * MINUTE_MS)
    const { endsAt } = await visitor.openSession()
    await visitor.call('conversations')
    expect((await visitor.openSession()).endsAt).toBe(endsAt)
    const before = server.now()
    const moved = await visitor.call('reportActivity', { body: { active: true } })
    expect(moved.endsAt).toBeGreaterThanOrEqual(before + 30 * MINUTE_MS)
    expect(moved.endsAt).toBeLessThanOrEqual(moved.now + 30 * MINUTE_MS)
    server.moveClock(20 * MINUTE_MS)
    await visitor.call('conversations')
  })

  test('ends after 12 hours whatever the person does, and the cookie says so as they near', async () => {
    const visitor = server.visit()
    await visitor.register()
    const act = () => visitor.post('/api/session/activity', { token: visitor.token, active: true })
    expect(readCookie(await act()).maxAge).toBeGreaterThan(29 * 60)
    for (let minutes = 0; minutes < 11 * 60 + 40; minutes += 20) {
      server.moveClock(20 * MINUTE_MS)
      await act()
    }
    expect(readCookie(await act()).maxAge).toBeLessThanOrEqual(20 * 60)
    server.moveClock(20 * MINUTE_MS)
    expect(await readRefusal(await act())).toMatchObject({ status: 401 })
  })

  test('of a visitor who never signs in ends after 15 minutes', async () => {
    const visitor = server.visit()
    const { token } = await visitor.openSession()
    server.moveClock(15 * MINUTE_MS)
    expect((await visitor.openSession()).token).not.toBe(token)
  })
})

describe('the table of sessions', () => {
  test('keeps nothing of sessions and pre-sessions that are over', async () => {
    for (let count = 0; count < 3; count++) await server.visit().openSession()
    const [gone, kept] = [server.visit(), server.visit()]
    await gone.register()
    await gone.call('endSession')
    server.moveClock(12 * 60 * MINUTE_MS)
    await kept.openSession()
    const count = async () => (await server.countRows())['sessions']
    await expect.poll(count, { timeout: 15_000 }).toBe(1)
    await kept.openSession()
  })
})

describe('the token', () => {
  test('is not the cookie, and stands in no answer but the session’s', async () => {
    const visitor = server.visit()
    await visitor.register()
    expect(visitor.cookie).not.toContain(visitor.token)
    const text = await (await visitor.send('GET', '/api/conversations')).text()
    expect(text).not.toContain(visitor.token)
  })

  test.each([
    ['missing', () => ({})],
    ['of another session', (other: string) => ({ token: other })],
    ['cut short', (_other: string, own: string) => ({ token: own.slice(0, -1) })],
    ['not a text', () => ({ token: 7 })],
  ])('refuses a body whose token is %s, without effect', async (_what, bodyOf) => {
    const [visitor, stranger] = [server.visit(), server.visit()]
    await visitor.register()
    await stranger.register()
    const response = await visitor.post('/api/session/end', bodyOf(stranger.token, visitor.token), {
      'X-CSRF-Token': visitor.token,
    })
    expect(await readRefusal(response)).toMatchObject({ status: 403, code: 'csrf_mismatch' })
    expect((await visitor.openSession()).account).not.toBeNull()
  })

  test('of the pre-session is worth nothing after login', async () => {
    const visitor = server.visit()
    const { token } = await visitor.openSession()
    await visitor.register()
    const response = await visitor.post('/api/session/end', { token })
    expect(await readRefusal(response)).toMatchObject({ code: 'csrf_mismatch' })
  })
})

describe('where a request comes from', () => {
  const end = async (headers: Record<string, string>) => {
    const visitor = server.visit()
    await visitor.register()
    const response = await visitor.post('/api/session/end', { token: visitor.token }, headers)
    const refused = await readRefusal(response)
    expect((await visitor.openSession()).account).not.toBeNull()
    return refused
  }

  test.each([
    ['another site', { Origin: 'https://evil.test' }],
    ['nowhere', { Origin: 'null' }],
    ['the same name and another port', { Origin: 'http://localhost:1' }],
    ['another site, by its own word', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling', { 'Sec-Fetch-Site': 'same-site' }],
  ])('refuses a body from %s', async (_what, headers) => {
    expect(await end(headers)).toMatchObject({ status: 403, code: 'wrong_origin' })
  })

  test('refuses a body without an origin', async () => {
    const visitor = server.visit()
    await visitor.register()
    const headers = { 'Content-Type': 'application/json' }
    const response = await visitor.send('POST', '/api/session/end', {
      headers,
      body: JSON.stringify({ token: visitor.token }),
    })
    expect(await readRefusal(response)).toMatchObject({ code: 'wrong_origin' })
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/ld+json',
  ])('refuses a body of type %s', async (type) => {
    expect(await end({ 'Content-Type': type })).toMatchObject({ status: 415, code: 'wrong_content_type' })
  })

  test('refuses the live stream to another site', async () => {
    const visitor = server.visit()
    await visitor.register()
    const response = await visitor.send('GET', '/api/stream', { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(await readRefusal(response)).toMatchObject({ code: 'wrong_origin' })
  })

  test.each(['cross-site', 'same-site'])(
    'does not let a link on another site (%s) replace the session by a new one',
    async (site) => {
      const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate' }
      const response = await server.visit().send('GET', '/api/session', { headers })
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await readRefusal(response)).toMatchObject({ status: 403, code: 'wrong_origin' })
    },
  )

  test('lets a person look at the session by its address', async () => {
    const response = await server
      .visit()
      .send('GET', '/api/session', { headers: { 'Sec-Fetch-Site': 'none' } })
    expect(response.status).toBe(200)
  })

  test('lets no other origin read an answer', async () => {
    const response = await server
      .visit()
      .send('GET', '/api/session', { headers: { Origin: 'https://evil.test' } })
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})

describe('behind a TLS proxy', () => {
  test('the cookie is bound to the host and to TLS, also where it is taken back, and HSTS is sent', async () => {
    const publicOrigin = 'https://chat.example'
    const proxied = await startTestServer({ environment: { TRUST_PROXY: '1', PUBLIC_ORIGIN: publicOrigin } })
    try {
      const send = (cookie: string, more: RequestInit = {}) =>
        fetch(`http://127.0.0.1:${proxied.port}/api/session${more.method ? '/end' : ''}`, {
          ...more,
          headers: {
            'X-Forwarded-Proto': 'https',
            Origin: publicOrigin,
            'Content-Type': 'application/json',
            Cookie: cookie,
          },
        })
      const first = await send('')
      const [line = ''] = first.headers.getSetCookie()
      expect(line).toMatch(
        /^__Host-session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/,
      )
      expect(first.headers.get('Strict-Transport-Security')).toBe('max-age=604800')

      const [stale = ''] = (
        await send(`__Host-session=${'A'.repeat(43)}`, { method: 'POST', body: '{}' })
      ).headers.getSetCookie()
      expect(stale).toBe('__Host-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure')
    } finally {
      await proxied.remove()
    }
  })
})

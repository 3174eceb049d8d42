import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { reportFault } from '../../server/middleware/render-errors.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { readRefusal } from './visitor.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

const get = (path: string, headers: Record<string, string> = {}) =>
  server.visit().send('GET', path, { headers })

describe('every response', () => {
  test.each([
    ['/', 200],
    ['/sw.js', 200],
    ['/assets/main-abc123.js', 200],
    ['/assets/gone.js', 404],
    ['/api/session', 200],
    ['/api/conversations', 401],
    ['/api/nothing', 404],
  ])('from %s bears the security headers', async (path, status) => {
    const { headers, status: given } = await get(path)
    expect(given).toBe(status)
    const isApi = path.startsWith('/api')
    expect(headers.get('Content-Security-Policy')).toContain(
      isApi ? "default-src 'none'; frame-ancestors 'none'; sandbox" : 'trusted-types letterlock',
    )
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin')
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin')
    expect(headers.get('Strict-Transport-Security')).toBeNull()
    expect(headers.get('Clear-Site-Data')).toBeNull()
    if (isApi) expect(headers.get('Cache-Control')).toBe('no-store')
    if (isApi) expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8')
  })
})

describe('the app’s files', () => {
  test('are kept for ever where the name bears a hash, and asked for each time elsewhere', async () => {
    expect((await get('/assets/main-abc123.js')).headers.get('Cache-Control')).toContain('immutable')
    for (const path of ['/', '/sw.js', '/manifest.webmanifest', '/some/page', '/assets/gone.js'])
      expect((await get(path)).headers.get('Cache-Control')).toBe('no-cache')
  })

  test('are typed as what they are', async () => {
    expect((await get('/sw.js')).headers.get('Content-Type')).toContain('javascript')
    expect((await get('/manifest.webmanifest')).headers.get('Content-Type')).toContain(
      'application/manifest+json',
    )
  })

  test('are the one page at every other address', async () => {
    for (const path of ['/', '/conversations/7', '/assets', '/..%2f..%2fetc%2fpasswd', '/%00']) {
      const response = await get(path)
      expect([response.status, await response.text()], path).toEqual([
        200,
        expect.stringContaining('The app'),
      ])
    }
  })

  test('take no other method', async () => {
    const response = await server.visit().send('POST', '/')
    expect(await readRefusal(response)).toMatchObject({ status: 405 })
  })

  test('are at one name: others are sent there', async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/some/page?x=1`, { redirect: 'manual' })
    expect([response.status, response.headers.get('Location')]).toEqual([
      302,
      `${server.origin}/some/page?x=1`,
    ])
  })
})

describe('the log', () => {
  test('has a line for each request, with the route’s pattern and without what was sent', async () => {
    const visitor = server.visit()
    const person = await visitor.register('in-the-log')
    await visitor.call('findAccount', { at: { username: 'in-the-log' } })
    await visitor.refused('pull', { at: { contact: person.id }, query: '?after=424242' })
    expect(server.lines).toContainEqual(
      expect.objectContaining({
        event: 'request',
        method: 'GET',
        route: '/api/accounts/by-name/:username',
        status: 200,
      }),
    )
    const text = JSON.stringify(server.lines)
    const [code = ''] = person.recoveryCodes
    const secret = new URL(person.address).searchParams.get('secret') ?? ''
    for (const hidden of [
      'in-the-log',
      String(person.id),
      '424242',
      person.password,
      secret,
      code,
      visitor.token,
    ])
      expect(text).not.toContain(hidden)
  })
})

describe('a fault of the server', () => {
  test('is answered without a word about it, and written to the log without its message', async () => {
    const visitor = server.visit()
    await visitor.openSession()
    const { db } = server.deps
    await db.schema.renameTable('enrolments', 'enrolments_away')
    try {
      const refused = await visitor.refused('activateEnrolment')
      expect(refused).toEqual({ status: 500, code: 'internal', at: undefined })
    } finally {
      await db.schema.renameTable('enrolments_away', 'enrolments')
    }
    const fault = server.lines.find(({ event }) => event === 'fault')
    expect(fault).toMatchObject({ code: 'SQLITE_ERROR' })
    expect(JSON.stringify(fault)).not.toContain('no such table')
  })
})

describe('a connection that is cut', () => {
  const head = (origin: string, cookie: string) =>
    `POST /api/session/activity HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\n` +
    'Content-Type: application/json\r\n'

  test.each([
    ['in a stream', (_origin: string, cookie: string) => streamRequest(cookie), 'event-stream'],
    ['in a body', (...of: [string, string]) => `${head(...of)}Content-Length: 5000\r\n\r\n{`, null],
    [
      'by nonsense',
      (...of: [string, string]) => `${head(...of)}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      null,
    ],
  ])('%s is no fault: it is written nowhere', async (_what, request, awaited) => {
    const write = vi.spyOn(console, 'error')
    const visitor = server.visit()
    await visitor.register()
    const before = countFaults()
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined)
    socket.write(request(server.origin, visitor.cookie))
    if (awaited !== null) await readUntil(socket, awaited)
    else await new Promise((resolve) => setTimeout(resolve, 100))
    socket.resetAndDestroy()
    await once(socket, 'close')
    await visitor.call('conversations')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(write).not.toHaveBeenCalled()
    expect(countFaults()).toBe(before)
  })

  test('is told from a fault, which is one line without the message', () => {
    const lines: Readonly<Record<string, unknown>>[] = []
    const report = reportFault({ log: (line) => lines.push(line) })
    report(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
    report(Object.assign(new Error('EIO: /secret/path'), { code: 'EIO' }))
    expect(lines).toEqual([expect.objectContaining({ event: 'fault', code: 'EIO' })])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  const countFaults = () => server.lines.filter(({ event }) => event === 'fault').length
  const streamRequest = (cookie: string) => `GET /api/stream HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`
  async function readUntil(socket: NodeJS.ReadableStream, text: string): Promise<void> {
    while (!String((await once(socket, 'data'))[0]).includes(text));
  }
})

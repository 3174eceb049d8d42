import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_POLICY, APP_POLICY } from '../../server/middleware/security-headers.ts'
import { findFreePort } from '../support/free-port.ts'
import { startTestServer, type TestServer } from '../server/test-server.ts'
import { type Answer, ask, type Asking, sendRaw } from './ask.ts'
import { chooseOrigin, DOMAIN, type Site, startSite } from './site.ts'

let app: TestServer
let site: Site
let asset: string
beforeAll(async () => {
  const { httpsPort, origin } = await chooseOrigin()
  app = await startTestServer({ environment: { PUBLIC_ORIGIN: origin, TRUST_PROXY: '1' } })
  site = await startSite({ httpsPort, appServers: [`127.0.0.1:${app.port}`] })
  const assets = await readdir(path.join(site.appFolder, 'assets'))
  asset = `/assets/${assets.find((name) => name.endsWith('.js'))}`
})
afterAll(async () => {
  await site.stop()
  await app.remove()
})

const OTHERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}
const expectHeaders = ({ headers }: Pick<Answer, 'headers'>, policy: string): void =>
  expect(headers).toMatchObject({
    ...OTHERS,
    'content-security-policy': policy,
    'strict-transport-security': 'max-age=604800',
  })

describe('security headers', () => {
  const pages: [string, number, Asking?][] = [
    ['/', 200],
    ['/some/page', 200],
    ['/sw.js', 200],
    ['/assets/gone.js', 404],
    ['/healthz', 200],
    ['/readyz', 404],
    ['/', 405, { method: 'POST' }],
    ['/', 405, { method: 'TRACE' }],
    [`/${'long'.repeat(3000)}`, 414],
    ['/', 400, { headers: { 'X-Long': 'long'.repeat(3000) } }],
    ['/', 421, { headers: { Host: 'other.test' } }],
    ['/..%2f..%2f..%2fetc/passwd', 400],
  ]
  test.each(pages)('are on %s with %i', async (address, status, asking = {}) => {
    const answer = await ask(site, address, asking)
    expect(answer.status).toBe(status)
    expectHeaders(answer, APP_POLICY)
  })

  const calls: [string, number, Asking?][] = [
    ['/api', 404],
    ['/api/session', 200],
    ['/api/conversations', 401],
    ['/api/nothing', 404],
    ['/api/session', 405, { method: 'TRACE' }],
    ['/api/session', 413, { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1) }],
  ]
  test.each(calls)(
    'of the API are on %s with %i, and it is not stored',
    async (address, status, asking = {}) => {
      const answer = await ask(site, address, asking)
      expect(answer.status).toBe(status)
      expectHeaders(answer, API_POLICY)
      expect(answer.headers['cache-control']).toBe('no-store')
    },
  )

  test('are on what nginx says to a request that is none', async () => {
    const text = await sendRaw(site, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    for (const [name, value] of Object.entries(OTHERS))
      expect(text.toLowerCase()).toContain(`${name}: ${value}\r\n`)
    expect(text).toContain(`Content-Security-Policy: ${APP_POLICY}\r\n`)
    expect(text).toContain('Strict-Transport-Security: max-age=604800\r\n')
  })

  test('do not tell the version of nginx', async () => {
    expect((await ask(site, '/')).headers['server']).toBe('nginx')
    expect(String((await ask(site, '/readyz')).body)).not.toMatch(/nginx\/\d/)
  })
})

describe('the app’s files', () => {
  test('are kept for ever where the name bears a hash', async () => {
    expect((await ask(site, asset)).headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  test.each(['/', '/sw.js', '/index.html', '/manifest.webmanifest', '/some/page', '/assets/gone.js'])(
    '%s is asked for each time',
    async (address) => {
      expect((await ask(site, address)).headers['cache-control']).toBe('no-cache')
    },
  )

  test.each(['/', '/sw.js', '/some/page'])('%s is not sent again while it is the same', async (address) => {
    const { headers } = await ask(site, address)
    const again = await ask(site, address, { headers: { 'If-None-Match': headers.etag ?? '' } })
    expect([again.status, again.body.length]).toEqual([304, 0])
    expectHeaders(again, APP_POLICY)
  })

  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/sw.js', 'text/javascript; charset=utf-8'],
    ['/manifest.webmanifest', 'application/manifest+json; charset=utf-8'],
    ['/icons/mark.svg', 'image/svg+xml'],
    ['/icons/mark-192.png', 'image/png'],
  ])('%s is typed as %s', async (address, type) => {
    expect((await ask(site, address)).headers['content-type']).toBe(type)
  })

  test('go packed to whoever takes that, as they were packed by the build', async () => {
    const plain = await ask(site, asset)
    expect(plain.headers['content-encoding']).toBeUndefined()
    const packed = await ask(site, asset, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
    expect(packed.body.equals(await readFile(path.join(site.appFolder, `${asset}.gz`)))).toBe(true)
    expect(packed.headers['cache-control']).toContain('immutable')
  })

  test('are all that is to be had', async () => {
    for (const address of ['/../certs/site/key.pem', '/.git/config', '/%2e%2e/nginx.conf'])
      expect(await sendRaw(site, `GET ${address} HTTP/1.0\r\nHost: ${DOMAIN}\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 (400 |200 [^]*<!doctype html>)/i,
      )
  })
})

describe('plain HTTP', () => {
  const plain = (address: string, asking: Asking = {}): Promise<Answer> =>
    ask(site, address, { ...asking, isPlain: true })

  test.each(['/', '/some/page?x=1', '/sw.js', '//evil.test/'])(
    'sends people who want %s to the site',
    async (address) => {
      const { status, headers } = await plain(address)
      expect([status, headers.location]).toEqual([301, site.origin + address])
      expect(headers['strict-transport-security']).toBeUndefined()
      expect(headers).toMatchObject(OTHERS)
    },
  )

  test.each([
    ['GET', '/api'],
    ['GET', '/api/session'],
    ['GET', '/%61pi/session'],
    ['GET', '/x/../api/session'],
    ['POST', '/api/session'],
    ['POST', '/'],
    ['PUT', '/some/page'],
  ])('refuses %s %s, and the app hears nothing of it', async (method, address) => {
    const before = app.lines.length
    const { status, headers } = await plain(address, { method })
    expect([status, headers.location]).toEqual([403, undefined])
    expect(app.lines.length).toBe(before)
  })

  test.each(['other.test', '127.0.0.1', ''])('says nothing to those who ask for "%s"', async (name) => {
    await expect(plain('/', { headers: { Host: name } })).rejects.toThrow(/socket hang up|ECONNRESET/)
  })

  test('on the port of TLS is refused', async () => {
    const socket = connect(site.httpsPort, '127.0.0.1')
    socket.write(`GET /api/session HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`)
    let text = ''
    for await (const part of socket) text += String(part)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).not.toContain('Strict-Transport-Security')
  })
})

describe('the session’s cookie', () => {
  test('comes through bound to the host and to TLS', async () => {
    const cookies = (await ask(site, '/api/session')).headers['set-cookie'] ?? []
    expect(cookies).toEqual([expect.stringMatching(/^__Host-[\w-]+=[^;]+; /)])
    for (const word of ['secure', 'httponly', 'samesite=strict', 'path=/'])
      expect(String(cookies).toLowerCase()).toContain(`; ${word}`)
    expect(String(cookies).toLowerCase()).not.toContain('domain=')
  })
})

describe('the logs', () => {
  test('hold no names, ids, questions, cookies or programs', async () => {
    const asking = {
      headers: {
        Cookie: '__Host-session=cookie-secret',
        'User-Agent': 'agent-secret',
        Referer: 'https://referer-secret/',
      },
    }
    await ask(site, '/api/accounts/by-name/name-secret?after=query-secret', asking)
    await ask(site, '/conversations/page-secret?x=query-secret', asking)
    await ask(site, '/assets/gone.js?x=query-secret', asking)
    await sendRaw(site, 'GET /nonsense-secret HTTP/1.1\r\nHost: a b\r\nCookie: cookie-secret\r\n\r\n')
    await expect.poll(() => site.readLogs()).toContain('"path":"/api/accounts"')
    expect(await site.readLogs()).not.toContain('secret')
  })
})

describe('without the app', () => {
  let lonely: Site
  beforeAll(async () => {
    lonely = await startSite({ appServers: [`127.0.0.1:${await findFreePort()}`] })
  })
  afterAll(() => lonely.stop())

  test.each(['/api/session', '/api/stream'])(
    '%s says that it is busy, in the API’s words',
    async (address) => {
      const answer = await ask(lonely, `${address}?x=query-secret`)
      expect([answer.status, String(answer.body)]).toEqual([503, '{"error":{"code":"busy"}}'])
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'retry-after': '1' })
      expectHeaders(answer, API_POLICY)
      expect(await lonely.readLogs()).not.toContain('secret')
    },
  )

  test('pages are served, and nobody is told that it lives', async () => {
    expect((await ask(lonely, '/')).status).toBe(200)
    const health = await ask(lonely, '/healthz')
    expect(health.status).toBe(502)
    expectHeaders(health, APP_POLICY)
  })
})

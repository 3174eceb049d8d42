import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, sendRaw } from './ask.ts'
import { type Echo, startEcho } from './echo.ts'
import { DOMAIN, type Site, startSite } from './site.ts'

let echo: Echo
let site: Site
beforeAll(async () => {
  echo = await startEcho()
  site = await startSite({ appServers: [echo.place] })
})
afterAll(async () => {
  await site.stop()
  await echo.stop()
})

describe('what the app is told', () => {
  test('of the address, the scheme and the name is nginx’s own word', async () => {
    const forged = {
      'X-Forwarded-For': '6.6.6.6, 7.7.7.7',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Host': 'evil.test',
      'X-Forwarded-Port': '80',
      'X-Real-IP': '6.6.6.6',
      'X-Request-Id': '66666666666666666666666666666666',
      Forwarded: 'for=6.6.6.6;proto=http;host=evil.test',
      Host: `${DOMAIN}:1`,
    }
    await ask(site, '/api/forged', { headers: forged, from: '127.0.0.9' })
    const { headers } = echo.heard.at(-1) ?? {}
    const host = new URL(site.origin).host
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': host,
      'x-request-id': expect.stringMatching(/^(?!6{32})[0-9a-f]{32}$/),
      host,
    })
    for (const name of ['forwarded', 'x-real-ip', 'x-forwarded-port'])
      expect(headers).not.toHaveProperty(name)
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|7\.7\.7\.7|evil/)
  })

  test('of the rest is what the browser said', async () => {
    const headers = {
      Cookie: 'a=b',
      Origin: site.origin,
      'Content-Type': 'application/json',
      'Sec-Fetch-Site': 'same-origin',
    }
    await ask(site, '/api/a%2fb?after=1&limit=2', { method: 'POST', headers, body: '{"x":1}' })
    expect(echo.heard.at(-1)).toMatchObject({
      method: 'POST',
      url: '/api/a%2fb?after=1&limit=2',
      bodyBytes: 7,
      headers: {
        cookie: 'a=b',
        origin: site.origin,
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
      },
    })
  })

  test('holds an append of the largest size, and nothing larger', async () => {
    const largest = 2 * 1024 * 1024 + 64 * 1024
    await ask(site, '/api/append', { method: 'POST', body: Buffer.alloc(largest) })
    expect(echo.heard.at(-1)?.bodyBytes).toBe(largest)
    const before = echo.heard.length
    const large = { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1) }
    const refused = await ask(site, '/api/append', large)
    expect([refused.status, String(refused.body)]).toEqual([413, '{"error":{"code":"body_too_large"}}'])
    const untold = await ask(site, '/api/append', { ...large, headers: { 'Transfer-Encoding': 'chunked' } })
    expect(untold.status).toBe(413)
    expect(echo.heard.length).toBe(before)
  })
})

describe('a request whose end can be read in two ways', () => {
  let before: number
  beforeEach(() => {
    before = echo.heard.length
  })
  const post = (...lines: string[]): string =>
    [
      `POST /api/session HTTP/1.1`,
      `Host: ${DOMAIN}`,
      ...lines,
      '',
      '0\r\n\r\nGET /api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
    ].join('\r\n')

  test.each([
    ['two lengths', ['Content-Length: 5', 'Content-Length: 50']],
    ['the same length twice', ['Content-Length: 5', 'Content-Length: 5']],
    ['a list of lengths', ['Content-Length: 5, 50']],
    ['a length with a sign', ['Content-Length: +5']],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5']],
    ['chunks twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['chunks by another name', ['Transfer-Encoding: xchunked']],
    ['chunks with an unknown coding', ['Transfer-Encoding: chunked, identity']],
    ['a header that goes on in the next line', ['X-Long: a', ' b', 'Content-Length: 5']],
    ['a space before the colon', ['Content-Length : 5']],
  ])('is refused: %s', async (_what, lines) => {
    expect(await sendRaw(site, post(...lines))).toMatch(/^HTTP\/1\.1 (400|501) /)
    expect(echo.heard.length).toBe(before)
  })

  test('passes when it can be read in one way only', async () => {
    const text = await sendRaw(
      site,
      `POST /api/session HTTP/1.1\r\nHost: ${DOMAIN}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(echo.heard.length).toBe(before + 1)
  })
})

describe('the live stream', () => {
  test('passes each event on as it comes, unpacked', async () => {
    const stream = await ask(site, '/api/stream', {
      isLeftOpen: true,
      headers: { 'Accept-Encoding': 'gzip' },
    })
    expect(stream.headers['content-encoding']).toBeUndefined()
    for (const event of ['first', 'second', 'third']) {
      const said = performance.now()
      echo.say(`data: ${event}\n\n`)
      expect(await stream.nextText()).toContain(event)
      expect(performance.now() - said).toBeLessThan(1_000)
    }
    stream.close()
  })
})

describe('an app on a socket', () => {
  test('is reached as well', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-socket-'))
    const onSocket = await startEcho(path.join(folder, 'app.sock'))
    const other = await startSite({ appServers: [onSocket.place], environment: { RUN_AS: 'root' } })
    try {
      await ask(other, '/api/session')
      expect(onSocket.heard).toHaveLength(1)
    } finally {
      await other.stop()
      await onSocket.stop()
      await rm(folder, { recursive: true, force: true })
    }
  })
})

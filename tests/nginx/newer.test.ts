import { createServer } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { API_POLICY, APP_POLICY } from '../../server/middleware/security-headers.ts'
import { findFreePort } from '../support/free-port.ts'
import { runFor } from '../support/run-for.ts'
import { ask } from './ask.ts'
import { type Echo, startEcho } from './echo.ts'
import { startNameServer } from './name-server.ts'
import { unpackNewerNginx } from './newer-nginx.ts'
import { PROFILE, scan } from './scan.ts'
import { DOMAIN, type Site, startSite } from './site.ts'

let echo: Echo
let site: Site
let binFolder: string
beforeAll(async () => {
  binFolder = await unpackNewerNginx()
  echo = await startEcho()
  site = await startSite({ appServers: [echo.place], binFolder })
}, 180_000)
afterAll(async () => {
  await site.stop()
  await echo.stop()
})

describe('with the nginx of container images', () => {
  test('the configuration is taken without a warning', async () => {
    const nginx = path.join(binFolder, 'nginx')
    const version = /nginx\/1\.(\d+)\./.exec((await runFor(nginx, ['-v'])).text)?.[1]
    expect(Number(version)).toBeGreaterThan(25)
    const { code, text } = await runFor(nginx, ['-t', '-c', site.configFile, '-e', 'stderr'])
    expect([code, text]).toEqual([0, expect.not.stringContaining('[warn]')])
  })

  test('TLS is the profile’s under the name, and refused under none', async () => {
    expect(await scan(site, DOMAIN)).toEqual(PROFILE)
    expect(await scan(site, null)).toEqual({ versions: [], suites: [], groups: [] })
  })

  test('HTTP/2 is spoken', async () => {
    const place = [
      '-connect',
      `127.0.0.1:${site.httpsPort}`,
      '-servername',
      DOMAIN,
      '-CAfile',
      site.certificate.ca,
    ]
    const { text } = await runFor('openssl', ['s_client', ...place, '-alpn', 'h2,http/1.1'])
    expect(text).toContain('ALPN protocol: h2')
  })

  test.each([
    ['/', 200, APP_POLICY],
    ['/assets/gone.js', 404, APP_POLICY],
    ['/api/session', 200, API_POLICY],
  ])('%s is answered with %i and its policy', async (address, status, policy) => {
    const answer = await ask(site, address)
    expect([answer.status, answer.headers['content-security-policy']]).toEqual([status, policy])
    expect(answer.headers['strict-transport-security']).toBe('max-age=604800')
  })

  test('the app hears nginx’s own word of the address', async () => {
    await ask(site, '/api/forged', { headers: { 'X-Forwarded-For': '6.6.6.6' }, from: '127.0.0.9' })
    expect(echo.heard.at(-1)?.headers['x-forwarded-for']).toBe('127.0.0.9')
  })

  test('the live stream passes each event on as it comes', async () => {
    const stream = await ask(site, '/api/stream', { isLeftOpen: true })
    echo.say('data: first\n\n')
    expect(await stream.nextText()).toContain('first')
    stream.close()
  })

  test('an app server that comes back under another address is found there', async () => {
    const names = await startNameServer()
    const port = await findFreePort()
    const servers = ['127.0.0.2', '127.0.0.3'].map((host) =>
      createServer((_request, response) => response.end(host)).listen(port, host),
    )
    const environment = { RESOLVER: names.place }
    names.move(2)
    const moving = await startSite({ appServers: [`app.test:${port}`], binFolder, environment })
    const isAnsweredBy = (host: string) => async () => String((await ask(moving, '/api/who')).body) === host
    try {
      await vi.waitUntil(isAnsweredBy('127.0.0.2'), { timeout: 15_000, interval: 100 })
      names.move(3)
      await vi.waitUntil(isAnsweredBy('127.0.0.3'), { timeout: 15_000, interval: 100 })
    } finally {
      await moving.stop()
      for (const server of servers) server.close()
      await names.stop()
    }
  })

  test('plain HTTP sends pages to the site and refuses the API', async () => {
    const page = await ask(site, '/some/page', { isPlain: true })
    expect([page.status, page.headers.location]).toEqual([301, `${site.origin}/some/page`])
    expect((await ask(site, '/api/session', { isPlain: true })).status).toBe(403)
  })
})

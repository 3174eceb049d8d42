import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runStep } from '../support/run-step.ts'

const WRITE_CONFIG = fileURLToPath(new URL('../../nginx/write-config.sh', import.meta.url))
const write = (environment: Readonly<Record<string, string>> = {}): Promise<string> =>
  runStep(WRITE_CONFIG, [], { PATH: process.env['PATH'], ...environment })

describe('nginx/write-config.sh', () => {
  test('fills in everything, and leaves nginx’s own variables alone', async () => {
    const text = await write()
    expect(text).not.toMatch(/\$\{?[A-Z_]+/)
    expect(text).toContain('$remote_addr')
    expect(text).toContain('server_name letterlock.localhost;')
    expect(text).toContain('listen 0.0.0.0:8443 ssl')
    expect(text).toContain('listen [::]:8443 ssl')
    expect(text).toContain('return 301 https://letterlock.localhost:8443$request_uri;')
  })

  test.each(['', ':443'])('takes the usual port where the origin ends with "%s"', async (port) => {
    const text = await write({ PUBLIC_ORIGIN: `https://chat.example.org${port}` })
    expect(text).toContain('listen 0.0.0.0:443 ssl')
    expect(text).toContain('return 301 https://chat.example.org$request_uri;')
  })

  test('lists every app server', async () => {
    const text = await write({ APP_SERVERS: 'app-1:8081 app-2:8082 unix:/run/app.sock' })
    for (const server of ['app-1:8081', 'app-2:8082', 'unix:/run/app.sock'])
      expect(text).toContain(`server ${server};`)
  })

  test('has the names of app servers asked anew where a name server is named', async () => {
    const text = await write({ APP_SERVERS: 'app-1:8101', RESOLVER: '127.0.0.11' })
    expect(text).toContain('resolver 127.0.0.11 valid=5s')
    expect(text).toContain('server app-1:8101 resolve;')
    expect(await write({ APP_SERVERS: 'app-1:8101' })).not.toContain('resolve')
  })

  test.each([
    ['RESOLVER', '127.0.0.11; x'],
    ['PUBLIC_ORIGIN', 'http://chat.example.org'],
    ['PUBLIC_ORIGIN', 'https://chat.example.org/'],
    ['PUBLIC_ORIGIN', 'https://127.0.0.1'],
    ['PUBLIC_ORIGIN', 'https://a.b; include /etc/passwd'],
    ['PUBLIC_ORIGIN', 'https://a.b\nhttps://c.d'],
    ['HTTPS_PORT', '0'],
    ['HTTP_PORT', '80; return 200'],
    ['APP_SERVERS', 'app:1; server evil:2'],
    ['APP_SERVERS', 'app'],
    ['APP_FOLDER', 'dist'],
    ['CERTS_FOLDER', '/a b'],
    ['RUN_FOLDER', '/a;b'],
    ['ACCESS_LOG', '/a{b'],
    ['ERROR_LOG', 'syslog:server=evil.test'],
    ['RUN_AS', 'a; b'],
    ['LISTEN_ADDRESSES', '0.0.0.0; x'],
    ['REQUESTS_PER_SECOND', 'many'],
  ])('refuses %s=%s', async (name, value) => {
    await expect(write({ [name]: value })).rejects.toThrow(`${name}=${value} must be`)
  })
})

/** Headers in which a client says that it is somebody else, sent through a real nginx. */
import { describe, expect, test } from 'vitest'
import { type PlainNginx, startPlainNginx } from '../e2e/plain-nginx.ts'
import { findFreePort } from '../support/free-port.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { readRefusal, type Visitor } from './visitor.ts'

const OVERWRITTEN = 'proxy_set_header X-Forwarded-For $remote_addr;'
const APPENDED = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'
const FAILURES_MOST = 10

/** A server that trusts a proxy which says of the client what the directives say. */
async function withProxy(
  directives: readonly string[],
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const port = await findFreePort()
  const nginx: PlainNginx = await startPlainNginx(port, directives)
  try {
    const server = await startTestServer({
      environment: {
        PORT: String(port),
        TRUST_PROXY: '1',
        PUBLIC_ORIGIN: `http://localhost:${nginx.port}`,
        ADDRESS_FAILURES_PER_HOUR: String(FAILURES_MOST),
      },
    })
    try {
      await work(server)
    } finally {
      await server.remove()
    }
  } finally {
    await nginx.stop()
  }
}

const forge = (last: number): Record<string, string> => ({
  'X-Forwarded-For': `6.6.6.${last}`,
  'X-Real-IP': `6.6.6.${last}`,
  Forwarded: `for=6.6.6.${last};host=evil.test;proto=https`,
  'X-Forwarded-Host': 'evil.test',
  'X-Forwarded-Proto': 'https',
})

/** How a failed login that claims another address each time is refused. */
async function guess(visitor: Visitor, count: number): Promise<string> {
  const body = { token: visitor.token, username: `nobody-${count}`, password: 'not the password' }
  const second = { type: 'totp', value: '000000' }
  return (await readRefusal(await visitor.post('/api/login', { ...body, second }, forge(count)))).code
}

/** The addresses of the failed sign-ins of somebody, as the account page shows them. */
async function addressesOf(server: TestServer): Promise<readonly string[]> {
  const [visitor, stranger] = [server.visit(), server.visit()]
  const { username } = await visitor.register()
  await stranger.openSession()
  const second = { type: 'totp', value: '000000' }
  const body = { token: stranger.token, username, password: 'not the password', second }
  await stranger.post('/api/login', body, forge(1))
  const failed = async () =>
    (await visitor.call('securityEvents')).events.filter(({ kind }) => kind === 'sign-in-failed')
  await expect.poll(failed).toHaveLength(1)
  return (await failed()).map(({ address }) => address)
}

describe('forged headers', () => {
  test.each([
    ['overwrites them', OVERWRITTEN],
    ['adds the address that it sees', APPENDED],
  ])('are worth nothing where the proxy %s', async (_what, directive) => {
    await withProxy([directive], async (server) => {
      expect(await addressesOf(server)).toEqual(['127.0.0.1'])
      const visitor = server.visit()
      await visitor.openSession()
      const codes: string[] = []
      for (let count = 2; count <= FAILURES_MOST + 1; count++) codes.push(await guess(visitor, count))
      expect(codes.slice(0, -1)).toEqual(
        Array.from({ length: FAILURES_MOST - 1 }, () => 'invalid_credentials'),
      )
      expect(codes.at(-1)).toBe('too_many_attempts')
      const page = await visitor.send('GET', '/', { headers: forge(1) })
      expect([page.status, page.headers.get('Location')]).toEqual([200, null])
    })
  })

  test('would be believed where the proxy passes them on: that is its duty', async () => {
    await withProxy([], async (server) => expect(await addressesOf(server)).toEqual(['6.6.6.1']))
  })

  test('are worth nothing where no proxy is trusted', async () => {
    const server = await startTestServer()
    try {
      expect(await addressesOf(server)).toEqual(['127.0.0.1'])
    } finally {
      await server.remove()
    }
  })
})

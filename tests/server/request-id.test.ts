import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
afterEach(() => server.remove())

const GIVEN = '0123456789abcdef0123456789abcdef'
const behindProxy = () =>
  startTestServer({ environment: { TRUST_PROXY: '1', PUBLIC_ORIGIN: 'https://chat.example' } })

async function ask(id?: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/session`, {
    headers: id === undefined ? {} : { 'X-Request-Id': id },
  })
  return response.headers.get('X-Request-Id') ?? ''
}

describe('a request', () => {
  test('has a name of its own, in its answer and in its line of the log', async () => {
    server = await startTestServer()
    const names = [await ask(), await ask()]
    expect(new Set(names).size).toBe(2)
    for (const request of names) {
      expect(request).toMatch(/^[0-9a-f]{32}$/)
      expect(server.lines).toContainEqual(expect.objectContaining({ event: 'request', request }))
    }
  })

  test('bears the name that the proxy gave it', async () => {
    server = await behindProxy()
    expect(await ask(GIVEN)).toBe(GIVEN)
    expect(server.lines).toContainEqual(expect.objectContaining({ event: 'request', request: GIVEN }))
  })

  test.each(['', 'x', `${GIVEN}0`, GIVEN.toUpperCase(), `${GIVEN.slice(1)}"`])(
    'does not bear %j, which no proxy of ours gives',
    async (given) => {
      server = await behindProxy()
      expect(await ask(given)).not.toBe(given)
    },
  )

  test('does not bear what a visitor says where there is no proxy', async () => {
    server = await startTestServer()
    expect(await ask(GIVEN)).not.toBe(GIVEN)
  })

  test('has its name in the line of a fault', async () => {
    server = await startTestServer()
    await server.deps.db.schema.dropTable('sessions')
    const request = await ask()
    const line = { event: 'fault', code: 'SQLITE_ERROR', request }
    expect(server.lines).toContainEqual(expect.objectContaining(line))
  })

  test('lends its name to nothing that is done for others', async () => {
    server = await startTestServer()
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.end('GET /api/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await once(socket.resume(), 'close')
    server.deps.log({ event: 'outside' })
    expect(server.lines.find(({ event }) => event === 'outside')).toEqual({ event: 'outside' })
  })
})

/** Requests whose length can be read in two ways: a proxy in front might see other requests than the server. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

const HIDDEN = 'GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** Sends bytes as they are, and gives everything that comes until the server closes the connection. */
async function exchange(text: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // The server may close before it has read everything.
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })
  return Buffer.concat(chunks).toString('latin1')
}

const post = (...headers: string[]): string =>
  ['POST /api/login HTTP/1.1', `Host: localhost:${server.port}`, ...headers, '', ''].join('\r\n')

describe('a request with a request hidden behind it', () => {
  test.each([
    ['two lengths', ['Content-Length: 0', `Content-Length: ${HIDDEN.length}`]],
    ['two equal lengths', [`Content-Length: ${HIDDEN.length}`, `Content-Length: ${HIDDEN.length}`]],
    ['a list of lengths', [`Content-Length: 0, ${HIDDEN.length}`]],
    ['a length and chunks', [`Content-Length: ${HIDDEN.length}`, 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', `Content-Length: ${HIDDEN.length}`]],
    ['chunks that are not the last coding', ['Transfer-Encoding: chunked, identity']],
    ['a length with a sign', [`Content-Length: +${HIDDEN.length}`]],
    ['a header name before a space', [`Content-Length : ${HIDDEN.length}`]],
    ['a folded header', ['Transfer-Encoding:', ' chunked']],
  ])('is refused for %s, and the connection is closed', async (_what, headers) => {
    const answer = await exchange(post(...headers) + HIDDEN)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  test('would be seen: behind one length it is answered', async () => {
    const answer = await exchange(
      post('Content-Length: 0') + HIDDEN.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    )
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(2)
    expect(answer).toContain('{"isReady":true}')
  })
})

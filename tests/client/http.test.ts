import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { beforeEach, describe, expect, test } from 'vitest'
import { createApi, type Api, type Refused } from '../../pwa/client/api/http.ts'
import { findFreePort } from '../support/free-port.ts'
import { pathOf } from './path-of.ts'

interface Answer {
  readonly status?: number
  readonly body?: unknown
  /** In place of `body`. */
  readonly text?: string
  readonly headers?: Record<string, string>
}
interface Received {
  readonly request: string
  readonly body: unknown
}

const TOKEN = 'A'.repeat(43)
const OTHER_TOKEN = 'E'.repeat(43)
const session = (account: number | null, token = TOKEN): Answer => ({
  body: {
    account: account === null ? null : { id: account, username: 'anna' },
    token,
    now: 1,
    endsAt: null,
    endsAtLatest: null,
    mustChangePassword: false,
    recoveryCodesLeft: null,
  },
})
const refusal = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  status,
  body: { error: { code } },
  headers,
})

/** What each request is answered, in order. */
let answers: Answer[]
let received: Received[]
let server: Server
let api: Api

beforeEach(async () => {
  answers = []
  received = []
  server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const text = chunks.map(String).join('')
      received.push({
        request: `${request.method} ${request.url}`,
        body: text === '' ? null : (JSON.parse(text) as unknown),
      })
      const answer = answers.shift()
      if (!answer) return request.socket.destroy()
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      return response.end(answer.text ?? JSON.stringify(answer.body))
    })
  })
  const port = await findFreePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  api = createApi((input, init) => fetch(`http://127.0.0.1:${port}${pathOf(input)}`, init))
  return async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

const requests = (): string[] => received.map(({ request }) => request)
const applied = (): Promise<unknown> => api.call('applied', { params: { contact: 7 }, body: { seq: 1 } })
const APPLIED = 'POST /api/conversations/7/applied'

async function refusalOf(call: Promise<unknown>): Promise<Refused> {
  const error: unknown = await call.catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'Refused' })
  return error as Refused // matched on the line before
}

describe('call', () => {
  test('in the name of one account sends nothing while another is signed in', async () => {
    answers.push(session(5), { body: { stored: [], refused: null } })
    const call = (as: number) =>
      api.call('append', {
        as,
        params: { contact: 9 },
        body: { entries: [{ id: 'A'.repeat(22), envelope: '{}' }] },
      })
    await expect(call(6)).rejects.toMatchObject({ name: 'Refused', status: 401 })
    expect(received.map(({ request }) => request)).toEqual(['GET /api/session'])
    expect(await call(5)).toEqual({ stored: [], refused: null })
  })

  test('puts parameters and query into the address', async () => {
    answers.push({ body: { contact: 7, after: 3, entries: [], head: 3 } })
    await api.call('pull', { params: { contact: 7 }, query: { after: 3 } })
    expect(requests()).toEqual(['GET /api/conversations/7/entries?after=3'])
  })

  test('escapes parameters', async () => {
    answers.push(refusal(404, 'account_not_found'))
    await refusalOf(api.call('findAccount', { params: { username: '../a b' } }))
    expect(requests()).toEqual(['GET /api/accounts/by-name/..%2Fa%20b'])
  })

  test('fetches the token once and sends it in every body', async () => {
    answers.push(session(1), { body: {} }, { body: {} })
    await applied()
    await applied()
    expect(requests()).toEqual(['GET /api/session', APPLIED, APPLIED])
    expect(received.slice(1).map(({ body }) => body)).toEqual([
      { token: TOKEN, seq: 1 },
      { token: TOKEN, seq: 1 },
    ])
  })

  test('takes the new token that comes with a sign-in', async () => {
    answers.push(session(null), session(1, OTHER_TOKEN), { body: {} })
    await api.call('activateEnrolment', { body: {} })
    await applied()
    expect(received.at(-1)?.body).toEqual({ token: OTHER_TOKEN, seq: 1 })
  })

  test('repeats once with a new token when its token is refused', async () => {
    answers.push(session(1), refusal(403, 'csrf_mismatch'), session(1, OTHER_TOKEN), { body: {} })
    await applied()
    expect(requests()).toEqual(['GET /api/session', APPLIED, 'GET /api/session', APPLIED])
    expect(received.at(-1)?.body).toEqual({ token: OTHER_TOKEN, seq: 1 })
  })

  test('does not repeat a second time', async () => {
    answers.push(session(1), refusal(403, 'csrf_mismatch'), session(1), refusal(403, 'csrf_mismatch'))
    expect(await refusalOf(applied())).toMatchObject({ status: 403, code: 'csrf_mismatch' })
    expect(requests()).toHaveLength(4)
  })

  test('does not repeat in the name of somebody else', async () => {
    answers.push(session(1), refusal(403, 'csrf_mismatch'), session(2, OTHER_TOKEN), { body: {} })
    expect(await refusalOf(applied())).toMatchObject({ code: 'csrf_mismatch' })
    expect(requests()).toHaveLength(3)
  })

  test('does not repeat another refusal', async () => {
    answers.push(session(1), refusal(403, 'wrong_origin'))
    expect(await refusalOf(applied())).toMatchObject({ status: 403, code: 'wrong_origin' })
    expect(requests()).toHaveLength(2)
  })

  test.each<[string, Answer]>([
    ['another shape', { body: { isReady: 'yes' } }],
    ['an unknown member', { body: { isReady: true, more: 1 } }],
    [
      'a page of a captive portal',
      { text: '<html>Welcome</html>', headers: { 'content-type': 'text/html' } },
    ],
    ['an empty body', { text: '' }],
    ['JSON that is no object', { text: 'null' }],
  ])('takes %s for an unreachable server', async (_, answer) => {
    answers.push(answer)
    await expect(api.call('health')).rejects.toMatchObject({ name: 'Unreachable' })
  })

  test('takes a cut connection for an unreachable server', async () => {
    await expect(api.call('health')).rejects.toMatchObject({ name: 'Unreachable' })
  })

  test('ends when it is told to', async () => {
    const stop = new AbortController()
    stop.abort()
    await expect(api.call('health', { signal: stop.signal })).rejects.toMatchObject({ name: 'Unreachable' })
    expect(requests()).toEqual([])
  })

  test.each<[string, Answer, { status: number; code: string | null; retryAfterMs: number | null }]>([
    [
      'our codes',
      refusal(409, 'identity_conflict'),
      { status: 409, code: 'identity_conflict', retryAfterMs: null },
    ],
    ['codes that are not ours', refusal(502, 'teapot'), { status: 502, code: null, retryAfterMs: null }],
    ['pages of a proxy', { status: 502, text: '<html>' }, { status: 502, code: null, retryAfterMs: null }],
    [
      'when to come back',
      refusal(503, 'busy', { 'retry-after': '3' }),
      { status: 503, code: 'busy', retryAfterMs: 3000 },
    ],
    [
      'a date to come back as none',
      refusal(503, 'busy', { 'retry-after': 'Sun, 06 Nov 2044 08:49:37 GMT' }),
      { status: 503, code: 'busy', retryAfterMs: null },
    ],
    [
      'a month to wait as an hour, since no timer is that long',
      refusal(503, 'busy', { 'retry-after': '2592000' }),
      { status: 503, code: 'busy', retryAfterMs: 3_600_000 },
    ],
  ])('tells a refusal with %s', async (_, answer, expected) => {
    answers.push(answer)
    expect(await refusalOf(api.call('health'))).toMatchObject(expected)
  })
})

describe('openStream', () => {
  test('gives the bytes of the stream', async () => {
    answers.push({ text: ': hello\n\n', headers: { 'content-type': 'text/event-stream' } })
    const body = await api.openStream(new AbortController().signal)
    expect(await new Response(body).text()).toBe(': hello\n\n')
  })

  test('tells a refusal', async () => {
    answers.push(refusal(401, 'not_signed_in'))
    expect(await refusalOf(api.openStream(new AbortController().signal))).toMatchObject({ status: 401 })
  })
})

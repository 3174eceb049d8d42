import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

/** Somebody who is signed in. */
async function arrive() {
  const visitor = server.visit()
  const person = await visitor.register()
  return { visitor, person }
}

describe('reauthentication', () => {
  test('with the password begins both limits anew', async () => {
    const { visitor, person } = await arrive()
    for (let minutes = 0; minutes < 11 * 60 + 40; minutes += 20) {
      server.moveClock(20 * MINUTE_MS)
      await visitor.call('reportActivity', { body: { active: true } })
    }
    const before = server.now()
    const session = await visitor.call('reauthenticate', { body: { password: person.password } })
    expect(session.endsAtLatest).toBeGreaterThanOrEqual(before + 12 * HOUR_MS)
    expect(session.endsAt).toBeGreaterThanOrEqual(before + 30 * MINUTE_MS)
    visitor.token = session.token
    server.moveClock(25 * MINUTE_MS)
    await visitor.call('conversations')
  })

  test('gives a new cookie and a new token; the old ones are worth nothing', async () => {
    const { visitor, person } = await arrive()
    const before = { cookie: visitor.cookie, token: visitor.token }
    const { token } = await visitor.call('reauthenticate', { body: { password: person.password } })
    expect(visitor.cookie).not.toBe(before.cookie)
    expect(token).not.toBe(before.token)
    const thief = server.visit()
    thief.cookie = before.cookie
    expect(await thief.refused('conversations')).toMatchObject({ status: 401 })
  })

  test('leaves the live stream open, and its end to the new session', async () => {
    const { visitor, person } = await arrive()
    const stream = await visitor.listen()
    await stream.nextOf('hello')
    visitor.token = (await visitor.call('reauthenticate', { body: { password: person.password } })).token
    await visitor.call('endSession')
    await stream.nextOf('ended')
  })

  test('with a wrong password changes nothing', async () => {
    const { visitor } = await arrive()
    const before = await visitor.openSession()
    server.moveClock(MINUTE_MS)
    expect(await visitor.refused('reauthenticate', { body: { password: 'not the password' } })).toMatchObject(
      {
        status: 403,
        code: 'wrong_password',
      },
    )
    expect(await visitor.openSession()).toMatchObject({
      endsAt: before.endsAt,
      endsAtLatest: before.endsAtLatest,
      token: before.token,
    })
  })

  test('is counted with the failed logins, and a right password clears none of them', async () => {
    const { visitor, person } = await arrive()
    const reauthenticate = (password: string) =>
      visitor.post('/api/session/reauth', { token: visitor.token, password })
    for (let count = 0; count < 9; count++) await reauthenticate('not the password')
    expect((await reauthenticate(person.password)).status).toBe(200)
    await visitor.openSession()
    expect((await reauthenticate('not the password')).status).toBe(403)
    const waiting = await reauthenticate(person.password)
    expect(waiting.status).toBe(429)
    expect(Number(waiting.headers.get('Retry-After'))).toBeGreaterThan(25)
  })

  test('comes too late when the session has ended', async () => {
    const { visitor, person } = await arrive()
    const { cookie, token } = visitor
    server.moveClock(30 * MINUTE_MS)
    visitor.cookie = cookie
    visitor.token = token
    expect(await visitor.refused('reauthenticate', { body: { password: person.password } })).toMatchObject({
      status: 401,
      code: 'not_signed_in',
    })
  })
})

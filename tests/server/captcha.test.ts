import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../../server/app.ts'
import type { RandomBytes } from '../../server/random-id.ts'
import { CAPTCHA_LENGTH } from '../../server/wire/captcha.ts'
import { solveCaptcha } from '../support/solve-captcha.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import type { Visitor } from './visitor.ts'

const MINUTE_MS = 60_000
/** What the server draws for a picture's text, and for nothing else. */
const TEXT_BYTES = 4 * CAPTCHA_LENGTH
/** The text for bytes that are all zero, when the alphabet begins with 3. */
const KNOWN_TEXT = '333333'
const WRONG_TEXT = { type: 'picture', text: 'AAAAAA' }

/** Random but for the text of pictures. */
const knownTexts: RandomBytes = (sizeBytes) =>
  sizeBytes === TEXT_BYTES ? Buffer.alloc(sizeBytes) : randomBytes(sizeBytes)

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ environment: { CAPTCHA_AFTER_FAILURES: '3' }, randomBytes: knownTexts })
})
afterAll(() => server.remove())

async function arrive(): Promise<Visitor> {
  const visitor = server.visit()
  await visitor.openSession()
  return visitor
}
let names = 0
const enrolmentWith = (captcha: unknown) => ({
  body: { username: `somebody${++names}`, password: 'long enough', captcha },
})
const READ = { type: 'picture', text: KNOWN_TEXT }

describe('registering', () => {
  test('takes the text of the picture, in capital or small letters', async () => {
    const visitor = await arrive()
    await visitor.call('beginCaptcha')
    await visitor.call('beginEnrolment', enrolmentWith(READ))
    await visitor.call('beginCaptcha')
    await visitor.call('beginEnrolment', enrolmentWith({ ...READ, text: KNOWN_TEXT.toLowerCase() }))
  })

  test('takes work in its place', async () => {
    const visitor = await arrive()
    await visitor.call('beginEnrolment', enrolmentWith(await visitor.solveCaptcha()))
  })

  test('without a captcha is refused', async () => {
    const visitor = await arrive()
    const { captcha: _left, ...body } = enrolmentWith(READ).body
    expect(await visitor.refused('beginEnrolment', { body })).toMatchObject({ status: 400, at: 'captcha' })
    expect(await visitor.refused('beginEnrolment', enrolmentWith(READ))).toMatchObject({
      status: 409,
      code: 'captcha_missing',
    })
  })
})

describe('a captcha', { timeout: 60_000 }, () => {
  test('is for one answer, right or wrong', async () => {
    const visitor = await arrive()
    await visitor.call('beginCaptcha')
    expect(await visitor.refused('beginEnrolment', enrolmentWith(WRONG_TEXT))).toMatchObject({
      status: 400,
      code: 'captcha_wrong',
    })
    expect(await visitor.refused('beginEnrolment', enrolmentWith(READ))).toMatchObject({
      code: 'captcha_missing',
    })
    const work = await visitor.solveCaptcha()
    await visitor.call('beginEnrolment', enrolmentWith(work))
    expect(await visitor.refused('beginEnrolment', enrolmentWith(work))).toMatchObject({
      code: 'captcha_missing',
    })
  })

  test('lets one of many answers at once through', async () => {
    const visitor = await arrive()
    const answer = await visitor.solveCaptcha()
    const token = visitor.token
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        visitor.post('/api/enrolment/begin', { token, ...enrolmentWith(answer).body }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('is over when another is begun', async () => {
    const visitor = await arrive()
    const first = solveCaptcha(await visitor.call('beginCaptcha'))
    await visitor.call('beginCaptcha')
    expect(await visitor.refused('beginEnrolment', enrolmentWith(first))).toMatchObject({
      code: 'captcha_wrong',
    })
  })

  test('belongs to the pre-session that began it', async () => {
    const [one, other] = [await arrive(), await arrive()]
    const answer = await one.solveCaptcha()
    for (const given of [answer, READ])
      expect(await other.refused('beginEnrolment', enrolmentWith(given))).toMatchObject({
        code: 'captcha_missing',
      })
    await other.call('beginCaptcha')
    expect(await other.refused('beginEnrolment', enrolmentWith(answer))).toMatchObject({
      code: 'captcha_wrong',
    })
  })

  test('ends after five minutes, and is removed', async () => {
    const visitor = await arrive()
    const answer = await visitor.solveCaptcha()
    server.moveClock(5 * MINUTE_MS)
    expect(await visitor.refused('beginEnrolment', enrolmentWith(answer))).toMatchObject({
      code: 'captcha_missing',
    })
    await expect.poll(() => server.countRows(), { timeout: 15_000 }).toMatchObject({ captchas: 0 })
  })

  test('counts until then', async () => {
    const visitor = await arrive()
    const answer = await visitor.solveCaptcha()
    server.moveClock(5 * MINUTE_MS - 5000)
    await visitor.call('beginEnrolment', enrolmentWith(answer))
  })

  test('tells its text in no cookie, body, header or row', async () => {
    const visitor = await arrive()
    const response = await visitor.post('/api/captcha', { token: visitor.token })
    const sent = `${await response.text()} ${[...response.headers].join()} ${visitor.cookie}`
    const rows: object[] = await server.deps.db('captchas')
    const kept = rows.flatMap((row) => Object.values(row).map((value: unknown) => String(value)))
    for (const text of [KNOWN_TEXT, Buffer.from(KNOWN_TEXT).toString('base64url')]) {
      expect(sent).not.toContain(text)
      expect(kept.join()).not.toContain(text)
    }
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('is another picture each time, also for the same text', async () => {
    const visitor = await arrive()
    const pictures = [await visitor.call('beginCaptcha'), await visitor.call('beginCaptcha')]
    expect(new Set(pictures.map(({ picture }) => picture)).size).toBe(2)
  })

  test('begun at one server is answered at another of the same database, and once', async () => {
    const visitor = await arrive()
    const answer = await visitor.solveCaptcha()
    const other = buildApp(server.deps).listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const address = other.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      const body = JSON.stringify({ token: visitor.token, ...enrolmentWith(answer).body })
      const headers = { 'Content-Type': 'application/json', Origin: server.origin, Cookie: visitor.cookie }
      const send = () =>
        fetch(`http://127.0.0.1:${address.port}/api/enrolment/begin`, { method: 'POST', body, headers })
      expect((await send()).status).toBe(200)
      expect((await send()).status).toBe(409)
      expect(await visitor.refused('beginEnrolment', enrolmentWith(answer))).toMatchObject({
        code: 'captcha_missing',
      })
    } finally {
      other.close()
    }
  })

  test('survives a restart', async () => {
    const visitor = await arrive()
    const answer = await visitor.solveCaptcha()
    await server.restart()
    await visitor.call('beginEnrolment', enrolmentWith(answer))
  })
})

describe('signing in', { timeout: 60_000 }, () => {
  const second = { type: 'totp', value: '000000' }
  const loginOf = (username: string, more: object = {}) => ({
    body: { username, password: 'not the password', second, ...more },
  })
  /** Failures of an address count for an hour. */
  const forgetAddress = () => server.moveClock(60 * MINUTE_MS)

  async function failThrice(username: string): Promise<void> {
    const visitor = await arrive()
    for (let count = 0; count < 3; count++)
      expect(await visitor.refused('login', loginOf(username))).toMatchObject({ code: 'invalid_credentials' })
  }

  test('needs a captcha after three failures of a name, which is the same for a name that nobody has', async () => {
    const { username } = await server.visit().register()
    for (const name of [username, 'nobody-has-this']) {
      forgetAddress()
      await failThrice(name)
      forgetAddress()
      const visitor = await arrive()
      expect(await visitor.refused('login', loginOf(name))).toEqual({
        status: 409,
        code: 'captcha_required',
        at: undefined,
      })
      const captcha = await visitor.solveCaptcha()
      expect(await visitor.refused('login', loginOf(name, { captcha }))).toMatchObject({
        code: 'invalid_credentials',
      })
    }
  })

  test('needs one after three failures of an address, whatever the names', async () => {
    forgetAddress()
    const visitor = await arrive()
    for (const name of ['first-name', 'second-name', 'third-name'])
      expect(await visitor.refused('login', loginOf(name))).toMatchObject({ code: 'invalid_credentials' })
    expect(await visitor.refused('login', loginOf('fourth-name'))).toMatchObject({ code: 'captcha_required' })
    forgetAddress()
    await visitor.openSession()
    expect(await visitor.refused('login', loginOf('fifth-name'))).toMatchObject({
      code: 'invalid_credentials',
    })
  })

  test('judges no more than three of many at once without one', async () => {
    forgetAddress()
    const visitor = await arrive()
    const body = { token: visitor.token, ...loginOf('guessed-at-once').body }
    const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.post('/api/login', body)))
    const codes = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`))
    expect(codes.filter((code) => code.includes('invalid_credentials')).length).toBeLessThanOrEqual(3)
    expect(codes.filter((code) => code.includes('captcha_required')).length).toBeGreaterThan(0)
  })

  test('with a wrong captcha looks at no password and counts no failure', async () => {
    forgetAddress()
    const visitor = await arrive()
    const person = await server.visit().register()
    await failThrice(person.username)
    server.moveClock(3 * 30_000)
    for (let count = 0; count < 8; count++) {
      await visitor.call('beginCaptcha')
      expect(await visitor.refused('login', loginOf(person.username, { captcha: WRONG_TEXT }))).toMatchObject(
        { code: 'captcha_wrong' },
      )
    }
    const right = { type: 'totp', value: visitor.codeOf(person.address) }
    const { username, password } = person
    const captcha = await visitor.solveCaptcha()
    expect(
      await visitor.call('login', { body: { username, password, second: right, captcha } }),
    ).toMatchObject({
      account: { username },
    })
    server.moveClock(60 * MINUTE_MS)
    await server.visit().logIn(person)
  })
})

describe('registrations', { timeout: 60_000 }, () => {
  test('from one address are limited within an hour', async () => {
    const strict = await startTestServer({ environment: { REGISTRATIONS_PER_HOUR: '3' } })
    try {
      for (let count = 0; count < 3; count++) await strict.visit().beginEnrolment('somebody', 'long enough')
      const visitor = strict.visit()
      await visitor.openSession()
      const captcha = await visitor.solveCaptcha()
      const body = { token: visitor.token, username: 'somebody', password: 'long enough', captcha }
      const response = await visitor.post('/api/enrolment/begin', body)
      expect(response.status).toBe(429)
      expect(await response.text()).toContain('too_many_registrations')
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(3500)
      strict.moveClock(60 * MINUTE_MS)
      await strict.visit().beginEnrolment('somebody', 'long enough')
    } finally {
      await strict.remove()
    }
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { type Credentials, Visitor } from './visitor.ts'

const STEP_MS = 30_000
const HOUR_MS = 60 * 60_000

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

/** Somebody who has registered, with the code of the enrolment passed. */
async function enrol(): Promise<{ owner: Visitor; person: Credentials }> {
  const owner = server.visit()
  const person = await owner.register()
  await owner.call('endSession')
  server.moveClock(3 * STEP_MS)
  return { owner, person }
}

/** A login as the page sends it, with these parts in place of the right ones. */
async function send(visitor: Visitor, person: Credentials, parts: Record<string, unknown> = {}) {
  await visitor.openSession()
  const second = { type: 'totp', value: visitor.codeOf(person.address) }
  const { username, password } = person
  return visitor.post('/api/login', { token: visitor.token, username, password, second, ...parts })
}

const WRONG = { password: 'not the password' }

async function guess(person: Credentials, parts: Record<string, unknown> = WRONG) {
  const response = await send(server.visit(), person, parts)
  return `${response.status} ${readWait(response)} ${await response.text()}`
}

/** Retry-After to the next ten seconds: the first seconds may have passed on a busy machine. */
function readWait(response: Response): string {
  const seconds = response.headers.get('Retry-After')
  return seconds === null ? '-' : String(Math.ceil(Number(seconds) / 10) * 10)
}

/** Fails as often as it may be tried from browsers that the account does not know. */
async function spendBudget(person: Credentials): Promise<void> {
  for (let count = 0; count < 50; count++) {
    server.moveClock(HOUR_MS)
    expect(await guess(person)).toContain('401')
  }
}

describe('guessing', () => {
  test('300 at once: no more than ten are judged, the rest is told when to come back', async () => {
    const { person } = await enrol()
    const visitor = server.visit()
    await visitor.openSession()
    const second = { type: 'totp', value: '000000' }
    const body = { token: visitor.token, username: person.username, ...WRONG, second }
    const answers = await Promise.all(Array.from({ length: 300 }, () => visitor.post('/api/login', body)))
    const later = answers.filter((answer) => answer.status === 429)
    for (const answer of later) expect(readWait(answer)).toBe('30')
    // On a busy machine some wait too long for the database; they are not judged either.
    const busy = answers.filter((answer) => answer.status === 503)
    const judged = answers.filter((answer) => answer.status === 401)
    expect(later.length + busy.length + judged.length).toBe(300)
    expect(judged.length).toBeLessThanOrEqual(10)
    expect(judged.length + busy.length).toBeGreaterThanOrEqual(10)
  }, 120_000)

  test('goes the same way for a name that nobody has', async () => {
    const { person } = await enrol()
    const run = async (username: string) => {
      const answers: string[] = []
      for (let count = 0; count < 13; count++) {
        if (count === 12) server.moveClock(STEP_MS)
        answers.push(await guess({ ...person, username }))
      }
      return answers
    }
    const answers = await run(person.username)
    expect(await run('a-name-of-nobody')).toEqual(answers)
    expect(answers.slice(9).map((answer) => answer.slice(0, 6))).toEqual([
      '401 - ',
      '429 30',
      '429 30',
      '401 - ',
    ])
  }, 120_000)

  test('refuses the right password and code while it waits', async () => {
    const { person } = await enrol()
    for (let count = 0; count < 10; count++) await guess(person)
    expect(await guess(person, {})).toContain('too_many_attempts')
    server.moveClock(STEP_MS)
    expect(await guess(person, {})).toContain('200')
  }, 120_000)

  test('from elsewhere does not lock the owner’s browser out, and the owner unlocks the others', async () => {
    const { owner, person } = await enrol()
    await spendBudget(person)
    server.moveClock(24 * HOUR_MS)
    expect(await guess(person, {})).toContain('attempts_spent')
    expect((await send(owner, person)).status).toBe(200)
    server.moveClock(STEP_MS)
    expect(await guess(person, {})).toContain('200')
  }, 120_000)

  test('of codes with the right password is not made easier by the password', async () => {
    const { person } = await enrol()
    const second = { type: 'totp', value: '000000' }
    for (let count = 0; count < 10; count++) expect(await guess(person, { second })).toContain('401')
    expect(await guess(person, { second })).toContain('too_many_attempts')
  }, 120_000)

  test('of 20 codes with the right password ends one-time codes and sessions; a recovery code leads to a change of password', async () => {
    const { owner, person } = await enrol()
    expect((await send(owner, person)).status).toBe(200)
    for (let count = 0; count < 20; count++) {
      server.moveClock(count < 10 ? 0 : HOUR_MS)
      expect(await guess(person, { second: { type: 'totp', value: '000000' } })).toContain('401')
    }
    server.moveClock(HOUR_MS)
    expect(await owner.refused('conversations')).toMatchObject({ code: 'not_signed_in' })
    expect(await guess(person, {})).toContain('401')
    server.moveClock(HOUR_MS)
    const [first = ''] = person.recoveryCodes
    const response = await send(owner, person, { second: { type: 'recovery', value: first } })
    expect(await response.json()).toMatchObject({ mustChangePassword: true })
    expect(await owner.refused('conversations')).toMatchObject({
      status: 403,
      code: 'password_change_required',
    })
    await owner.openSession()
    await owner.call('endSession')
  }, 120_000)

  test('is counted by the database: a restart forgets nothing', async () => {
    const app = await AppProcess.start({ environment: { CAPTCHA_AFTER_FAILURES: '100' } })
    try {
      const person = { username: 'nobody', password: 'x', address: '', recoveryCodes: [] }
      const guessAgain = async () => {
        const visitor = new Visitor(app.origin, Date.now)
        await visitor.openSession()
        const second = { type: 'totp', value: '000000' }
        return visitor.refused('login', { body: { username: person.username, ...WRONG, second } })
      }
      for (let count = 0; count < 10; count++) await guessAgain()
      await app.kill()
      await app.restart()
      expect(await guessAgain()).toMatchObject({ status: 429, code: 'too_many_attempts' })
    } finally {
      await app.remove()
    }
  }, 120_000)
})

describe('the cookie of a known browser', () => {
  test('is given by a complete login only, and is another one each time', async () => {
    const visitor = server.visit()
    await visitor.openSession()
    expect(visitor.device).toBe('')
    const person = await visitor.register()
    const first = visitor.device
    expect(Buffer.from(first.slice('dev='.length), 'base64url')).toHaveLength(32)
    server.moveClock(3 * STEP_MS)
    expect((await send(visitor, person, WRONG)).status).toBe(401)
    expect(visitor.device).toBe(first)
    const response = await send(visitor, person)
    expect(visitor.device).not.toBe(first)
    expect(response.headers.getSetCookie().find((line) => line.startsWith('dev='))).toMatch(
      /^dev=[\w-]{43}; Path=\/; Max-Age=15552000; HttpOnly; SameSite=Strict$/,
    )
  })

  test('is kept in the database as a hash only', async () => {
    const visitor = server.visit()
    await visitor.register()
    const rows = await server.deps.db('known_devices').select<{ key_hash: Buffer }[]>('key_hash')
    const value = visitor.device.slice('dev='.length)
    expect(rows.map((row) => row.key_hash.toString('base64url'))).not.toContain(value)
    expect(JSON.stringify(rows)).not.toContain(value)
  })

  test('signs nobody in', async () => {
    const { owner, person } = await enrol()
    expect((await send(owner, person, WRONG)).status).toBe(401)
    expect(await owner.refused('conversations')).toMatchObject({ code: 'not_signed_in' })
  })
})

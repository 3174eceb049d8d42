import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'
import type { Credentials, Visitor } from './visitor.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

const STEP_MS = 30_000

/** Registers somebody, signs out, and waits until the code of the enrolment has passed. */
async function arrive(): Promise<{ visitor: Visitor; person: Credentials & { id: number } }> {
  const visitor = server.visit()
  const person = await visitor.register()
  await visitor.call('endSession')
  server.moveClock(3 * STEP_MS)
  await visitor.openSession()
  return { visitor, person }
}

/** The refusal of a login with these parts in place of the right ones. */
async function tryLogin(visitor: Visitor, person: Credentials, parts: Record<string, unknown>) {
  const second = { type: 'totp', value: visitor.codeOf(person.address) }
  const body = { username: person.username, password: person.password, second, ...parts }
  return visitor.refused('login', { body })
}
const REFUSAL = { status: 401, code: 'invalid_credentials', at: undefined }

describe('login', () => {
  test('signs in with password and one-time code, as the same account each time', async () => {
    const { visitor, person } = await arrive()
    expect((await visitor.logIn(person)).account).toEqual({ id: person.id, username: person.username })
    await visitor.call('endSession')
    server.moveClock(STEP_MS)
    expect((await visitor.logIn(person)).account?.id).toBe(person.id)
  })

  test('gives one refusal for every reason', async () => {
    const { visitor, person } = await arrive()
    const [first = '', second = ''] = person.recoveryCodes
    for (const parts of [
      { username: 'nobody-of-this-name' },
      { password: `${person.password} ` },
      { password: 'short' },
      { password: 'a'.repeat(4000) },
      { second: { type: 'totp', value: visitor.codeOf(person.address, 9) } },
      { second: { type: 'recovery', value: second } },
      { second: { type: 'recovery', value: first }, username: 'nobody-of-this-name' },
      { second: { type: 'recovery', value: first }, password: 'not the password' },
    ])
      expect(await tryLogin(visitor, person, parts)).toEqual(REFUSAL)
  })

  test('takes the codes of the step before and the step after, and no others', async () => {
    const { visitor, person } = await arrive()
    const at = (steps: number) => ({ second: { type: 'totp', value: visitor.codeOf(person.address, steps) } })
    expect(await tryLogin(visitor, person, at(-2))).toEqual(REFUSAL)
    expect(await tryLogin(visitor, person, at(2))).toEqual(REFUSAL)
    await visitor.logIn(person, -1)
    await visitor.logIn(person, 1)
  })

  test('takes a code once, and none of an earlier step after it', async () => {
    const { visitor, person } = await arrive()
    // Before the log-in: a step may end at any moment, and what was taken then is an earlier one.
    const at = (steps: number) => ({ second: { type: 'totp', value: visitor.codeOf(person.address, steps) } })
    const [taken, earlier] = [at(0), at(-1)]
    await visitor.logIn(person)
    expect(await tryLogin(visitor, person, taken)).toEqual(REFUSAL)
    expect(await tryLogin(visitor, person, earlier)).toEqual(REFUSAL)
  })

  test('does not take the code of the enrolment again', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    expect(await tryLogin(visitor, person, {})).toEqual(REFUSAL)
  })

  test('does not use a code up for a wrong password', async () => {
    const { visitor, person } = await arrive()
    expect(await tryLogin(visitor, person, { password: 'not the password' })).toEqual(REFUSAL)
    await visitor.logIn(person)
  })

  test('lets one of two logins with the same code in', async () => {
    const { visitor, person } = await arrive()
    const other = server.visit()
    await other.openSession()
    const second = { type: 'totp', value: visitor.codeOf(person.address) }
    const body = { username: person.username, password: person.password, second }
    const statuses = await Promise.all(
      [visitor, other].map(
        async (one) => (await one.post('/api/login', { token: one.token, ...body })).status,
      ),
    )
    expect(statuses.sort((one, other) => one - other)).toEqual([200, 401])
  })

  test('takes recovery codes in the order of their numbers, each once', async () => {
    const { visitor, person } = await arrive()
    const [first = '', second = '', third = ''] = person.recoveryCodes
    const by = (value: string) => ({ second: { type: 'recovery', value } })
    const signIn = async (value: string) => {
      const { username, password } = person
      await visitor.openSession()
      const session = await visitor.call('login', { body: { username, password, ...by(value) } })
      visitor.token = session.token
      return session.recoveryCodesLeft
    }
    expect(await tryLogin(visitor, person, by(second))).toEqual(REFUSAL)
    expect(await signIn(first)).toBe(9)
    expect(await tryLogin(visitor, person, by(first))).toEqual(REFUSAL)
    expect(await tryLogin(visitor, person, by(third))).toEqual(REFUSAL)
    expect(await signIn(second)).toBe(8)
  })

  test('takes the same password in another Unicode form, and no other', async () => {
    const visitor = server.visit()
    const { address } = await visitor.beginEnrolment('unicode', 'caf\u{e9} cr\u{e8}me')
    await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(address) } })
    await visitor.call('activateEnrolment')
    server.moveClock(3 * STEP_MS)
    const person = { username: 'unicode', password: 'cafe\u{301} cre\u{300}me', address, recoveryCodes: [] }
    await visitor.logIn(person)
    server.moveClock(STEP_MS)
    expect(await tryLogin(visitor, person, { password: 'cafe creme' })).toEqual(REFUSAL)
  })

  test('takes a password of any age', async () => {
    const { visitor, person } = await arrive()
    server.moveClock(400 * 24 * 60 * 60_000)
    expect((await visitor.logIn(person)).mustChangePassword).toBe(false)
  })

  test.each([
    ['a last character after 100', `${'x7'.repeat(50)}A`, `${'x7'.repeat(50)}B`],
    ['the first 72 bytes', 'é'.repeat(36) + ' and a tail', 'é'.repeat(36)],
    ['what stands after a NUL', 'abcdefgh\u0000one', 'abcdefgh\u0000two'],
  ])('tells passwords apart by %s', async (_what, password, other) => {
    const visitor = server.visit()
    const username = `apart${Math.trunc(server.now() % 1e9)}${password.length}`
    const { address } = await visitor.beginEnrolment(username, password)
    await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(address) } })
    await visitor.call('activateEnrolment')
    server.moveClock(3 * STEP_MS)
    await visitor.openSession()
    const person = { username, password, address, recoveryCodes: [] }
    expect(await tryLogin(visitor, person, { password: other })).toEqual(REFUSAL)
    await visitor.logIn(person)
  })
})

describe('passwords at their full cost', () => {
  test('are checked two at a time; what does not fit the line is refused, and the rest of the server answers', async () => {
    const slow = await startTestServer({ bcryptCost: 12 })
    try {
      const visitors = Array.from({ length: 40 }, () => slow.visit())
      for (const visitor of visitors) await visitor.openSession()
      const second = { type: 'totp', value: '000000' }
      const answers = Promise.all(
        visitors.map((visitor, index) =>
          visitor.refused('login', { body: { username: `nobody${index}`, password: 'long enough', second } }),
        ),
      )
      const startedAt = performance.now()
      await slow.visit().call('health')
      expect(performance.now() - startedAt).toBeLessThan(3000)
      const codes = (await answers).map(({ code }) => code)
      const count = (sought: string) => codes.filter((code) => code === sought).length
      expect(count('busy')).toBeGreaterThan(10)
      expect(count('busy') + count('invalid_credentials')).toBe(40)
    } finally {
      await slow.remove()
    }
  }, 60_000)
})

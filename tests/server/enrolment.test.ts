import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

describe('enrolment', () => {
  test('ends with an active account that is signed in', async () => {
    const alice = server.visit()
    const { id, username, recoveryCodes } = await alice.register('alice')
    expect(await alice.openSession()).toMatchObject({ account: { id, username }, recoveryCodesLeft: 10 })
    expect(new Set(recoveryCodes).size).toBe(10)
  })

  test('begins with a secret of 160 bits and an address that an authenticator can read', async () => {
    const { secret, address } = await server.visit().beginEnrolment('address', 'long enough')
    const url = new URL(address)
    expect(url.searchParams.get('secret')).toBe(secret)
    expect(url.searchParams.get('issuer')).toBe('Letterlock')
    expect(decodeURIComponent(url.pathname)).toContain('address')
  })

  test('signs nobody in before its last step', async () => {
    const visitor = server.visit()
    const { address } = await visitor.beginEnrolment('unfinished', 'long enough')
    await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(address) } })
    expect((await visitor.openSession()).account).toBeNull()
    expect(await visitor.refused('conversations')).toMatchObject({ code: 'not_signed_in' })
    const second = { type: 'totp', value: visitor.codeOf(address, 1) }
    const refused = await visitor.refused('login', {
      body: { username: 'unfinished', password: 'long enough', second },
    })
    expect(refused.code).toBe('invalid_credentials')
  })

  test('keeps its steps in order', async () => {
    const visitor = server.visit()
    await visitor.openSession()
    const confirm = () => visitor.refused('confirmEnrolment', { body: { code: '000000' } })
    expect(await confirm()).toMatchObject({ status: 409, code: 'enrolment_missing' })
    expect(await visitor.refused('activateEnrolment')).toMatchObject({ code: 'enrolment_missing' })
    const { address } = await visitor.beginEnrolment('in-order', 'long enough')
    expect(await visitor.refused('activateEnrolment')).toMatchObject({ code: 'enrolment_out_of_order' })
    await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(address) } })
    expect(await confirm()).toMatchObject({ code: 'enrolment_out_of_order' })
  })

  test('refuses a wrong code and goes on with a right one', async () => {
    const visitor = server.visit()
    const { address } = await visitor.beginEnrolment('typo', 'long enough')
    const wrong = visitor.codeOf(address, 5)
    expect(await visitor.refused('confirmEnrolment', { body: { code: wrong } })).toMatchObject({
      code: 'invalid_code',
    })
    await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(address) } })
    await visitor.call('activateEnrolment')
  })

  test('belongs to the pre-session that began it', async () => {
    const [one, other] = [server.visit(), server.visit()]
    const { address } = await one.beginEnrolment('mine', 'long enough')
    await other.openSession()
    const refused = await other.refused('confirmEnrolment', { body: { code: other.codeOf(address) } })
    expect(refused.code).toBe('enrolment_missing')
  })

  test('can be begun again, and then only the newer secret counts', async () => {
    const visitor = server.visit()
    const first = await visitor.beginEnrolment('first-idea', 'long enough')
    const second = await visitor.beginEnrolment('better-idea', 'long enough')
    const code = visitor.codeOf(first.address)
    expect(await visitor.refused('confirmEnrolment', { body: { code } })).toMatchObject({
      code: 'invalid_code',
    })
    await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(second.address) } })
    expect(await visitor.call('activateEnrolment')).toMatchObject({ account: { username: 'better-idea' } })
  })

  test('refuses a name that is taken, at its first step', async () => {
    await server.visit().register('taken')
    const visitor = server.visit()
    await visitor.openSession()
    const refused = await visitor.refused('beginEnrolment', {
      body: { username: 'taken', password: 'long enough', captcha: await visitor.solveCaptcha() },
    })
    expect(refused).toMatchObject({ status: 409, code: 'username_taken' })
  })

  test('gives a name to the first of two who finish', async () => {
    const [one, other] = [server.visit(), server.visit()]
    for (const visitor of [one, other]) {
      const { address } = await visitor.beginEnrolment('wanted', 'long enough')
      await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(address) } })
    }
    await one.call('activateEnrolment')
    expect(await other.refused('activateEnrolment')).toMatchObject({ code: 'username_taken' })
  })

  test('ends 15 minutes after it began and leaves nothing', async () => {
    const visitor = server.visit()
    const before = await server.countRows()
    await visitor.beginEnrolment('too-late', 'long enough')
    server.moveClock(15 * 60_000)
    expect(await visitor.refused('confirmEnrolment', { body: { code: '000000' } })).toMatchObject({
      code: 'not_signed_in',
    })
    await expect
      .poll(() => server.countRows(), { timeout: 15_000 })
      .toMatchObject({
        accounts: (before['accounts'] ?? 0) - (await countPending()),
        enrolments: 0,
      })
  })

  /** Enrolments that earlier tests left unfinished are removed by then as well. */
  async function countPending(): Promise<number> {
    const [row] = await server.deps
      .db('accounts')
      .whereNull('activated_at')
      .count<{ rows: number }[]>({ rows: '*' })
    return (row?.rows ?? 1) - 1
  }
})

/** Every second one first: in their order they would be a sequence. */
const PRINTING_ASCII = [0, 1]
  .map((first) => Array.from({ length: 95 }, (_, index) => index).filter((index) => index % 2 === first))
  .flat()
  .map((index) => String.fromCodePoint(0x20 + index))
  .join('')

describe('the intake of passwords', () => {
  const refuse = async (password: string): Promise<string> => {
    const visitor = server.visit()
    await visitor.openSession()
    const captcha = await visitor.solveCaptcha()
    return (await visitor.refused('beginEnrolment', { body: { username: 'intake', password, captcha } })).code
  }

  test.each([
    ['seven characters', '1234567', 'password_too_short'],
    ['seven emoji of two units each', '😀😁😂😃😄😅😆', 'password_too_short'],
    ['one sign that is 18 when normalised', '\u{FDFA}', 'password_too_short'],
    ['eight signs that are four when normalised', 'e\u{301}'.repeat(4), 'password_too_short'],
    ['129 characters', 'a'.repeat(129), 'password_too_long'],
    ['half of a pair', 'long enough \ud800', 'password_malformed'],
    ['a code point that is not assigned', 'long enough \u{378}', 'password_unassigned_character'],
  ])('refuses %s', async (_what, password, code) => {
    expect(await refuse(password)).toBe(code)
  })

  test.each([
    ['eight characters', 'tkzqwmba'],
    ['128 emoji', '😀🦊🌵🎈🥝'.repeat(26).slice(0, 256)],
    ['spaces at both ends', '  a b c  '],
    ['every printing ASCII character and space', PRINTING_ASCII],
    ['a NUL inside', 'abc\u0000defgh'],
  ])('accepts %s', async (_what, password) => {
    await expect(server.visit().beginEnrolment('intake', password)).resolves.toMatchObject({})
  })
})

/** The account page's routes: stepping up, sessions, changing factors, recovery, deletion, and what is written down. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { distrustPassword } from '../../server/commands/distrust-password.ts'
import { listTotp } from '../../server/stores/authenticators.ts'
import { type Route, type RouteName, routes } from '../../server/wire/routes.ts'
import { message, newKeySet } from '../contracts/entries.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { type Credentials, readRefusal, type Visitor } from './visitor.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

const MINUTE_MS = 60_000
const STEP_MS = 30_000
type Person = Credentials & { id: number }

/** Somebody who is signed in, and proved both factors more than five minutes ago. */
async function settle(): Promise<{ visitor: Visitor; person: Person }> {
  const visitor = server.visit()
  const person = await visitor.register()
  server.moveClock(6 * MINUTE_MS)
  return { visitor, person }
}

/** Proves both factors; the code is that of this step. */
async function stepUp(visitor: Visitor, person: Credentials): Promise<void> {
  server.moveClock(STEP_MS)
  const second = { type: 'totp', value: visitor.codeOf(person.address) }
  const session = await visitor.call('stepUp', { body: { password: person.password, second } })
  visitor.token = session.token
}

/** The same person in another browser. */
async function signInElsewhere(person: Credentials): Promise<Visitor> {
  const other = server.visit()
  server.moveClock(2 * STEP_MS)
  await other.logIn(person)
  return other
}

/** The id of the account's newest authenticator app. */
async function appOf(visitor: Visitor): Promise<number> {
  const { authenticators } = await visitor.call('authenticators')
  const id = authenticators.find(({ app }) => app !== null)?.app?.id
  if (id === undefined) throw new Error('the account has no app')
  return id
}

/** Puts the app at `address`, which was begun, in the place of the one that there is. */
async function replaceApp(visitor: Visitor, address: string): Promise<void> {
  const body = { name: null, code: visitor.codeOf(address), replaces: await appOf(visitor) }
  await visitor.call('confirmTotp', { body })
}

/** Adds another app and returns its otpauth:// address. */
async function addApp(visitor: Visitor, name: string): Promise<string> {
  const { address } = await visitor.call('beginTotp')
  await visitor.call('confirmTotp', { body: { name, code: visitor.codeOf(address), replaces: null } })
  return address
}

const isSignedIn = async (visitor: Visitor): Promise<boolean> =>
  (await visitor.openSession()).account !== null
const refusal = (code: string) => expect.objectContaining({ code })

describe('stepping up', () => {
  test('gives the session a new value and a new token; the old value is worth nothing', async () => {
    const { visitor, person } = await settle()
    const { cookie, token } = visitor
    await stepUp(visitor, person)
    expect(visitor.cookie).not.toBe(cookie)
    expect(visitor.token).not.toBe(token)
    await visitor.call('conversations')
    const thief = server.visit()
    thief.cookie = cookie
    expect(await thief.refused('conversations')).toMatchObject({ status: 401, code: 'not_signed_in' })
  })

  test('does not take the new cookie away where a request with the old value comes late', async () => {
    const { visitor, person } = await settle()
    const { cookie } = visitor
    await stepUp(visitor, person)
    const late = server.visit()
    late.cookie = cookie
    const response = await late.send('GET', '/api/conversations')
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('needs both factors, and a code works once', async () => {
    const { visitor, person } = await settle()
    const code = visitor.codeOf(person.address)
    const attempt = (password: string, value: string, type = 'totp') =>
      visitor.refused('stepUp', { body: { password, second: { type, value } } })
    expect(await attempt('not the password', code)).toEqual(refusal('invalid_credentials'))
    expect(await attempt(person.password, visitor.codeOf(person.address, 9))).toEqual(
      refusal('invalid_credentials'),
    )
    const [, second = ''] = person.recoveryCodes
    expect(await attempt(person.password, second, 'recovery')).toEqual(refusal('invalid_credentials'))
    await visitor.call('stepUp', {
      body: { password: person.password, second: { type: 'totp', value: code } },
    })
    await visitor.openSession()
    expect(await attempt(person.password, code)).toEqual(refusal('invalid_credentials'))
  })

  test('keeps the live stream open', async () => {
    const { visitor, person } = await settle()
    const stream = await visitor.listen()
    await stream.nextOf('hello')
    await stepUp(visitor, person)
    await visitor.call('makeRecoveryCodes')
    expect(await stream.nextOf('security')).toEqual({ type: 'security' })
    await stream.close()
  })

  const guarded = (Object.entries(routes) as [RouteName, Route][]).filter(
    ([, { access }]) => access === 'stepped-up',
  )
  test.each(guarded)('is asked for by %s once five minutes have passed', async (name) => {
    const visitor = server.visit()
    await visitor.register()
    const ask = async () =>
      (await readRefusal(await visitor.post(routes[name].path, { token: visitor.token, x: 1 }))).code
    expect(await ask()).not.toBe('step_up_required')
    server.moveClock(5 * MINUTE_MS)
    expect(await ask()).toBe('step_up_required')
  })
})

describe('sessions', () => {
  test('are listed with browser, address and last activity; the one that asks is marked', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const other = await signInElsewhere(person)
    const { sessions } = await other.call('sessions')
    expect(sessions).toHaveLength(2)
    expect(sessions.map(({ isThis }) => isThis)).toEqual([true, false])
    expect(sessions[0]).toMatchObject({ address: '127.0.0.1', browser: expect.any(String) })
    expect(sessions[0]?.lastActiveAt).toBeGreaterThanOrEqual(sessions[1]?.lastActiveAt ?? Infinity)
  })

  test('of another account are not listed and cannot be ended', async () => {
    const [visitor, stranger] = [server.visit(), server.visit()]
    await visitor.register()
    await stranger.register()
    const { sessions } = await visitor.call('sessions')
    const at = { session: sessions[0]?.id }
    expect(await stranger.refused('endOtherSession', { at })).toMatchObject({
      status: 404,
      code: 'session_not_found',
    })
    expect(await isSignedIn(visitor)).toBe(true)
  })

  test('end one by one, with their streams', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const [other, third] = [await signInElsewhere(person), await signInElsewhere(person)]
    const stream = await other.listen()
    await stream.nextOf('hello')
    const { sessions } = await third.call('sessions')
    const [own, target] = [sessions[0], sessions[1]]
    expect(await third.refused('endOtherSession', { at: { session: own?.id } })).toEqual(
      refusal('session_not_found'),
    )
    await third.call('endOtherSession', { at: { session: target?.id } })
    expect(await stream.nextOf('ended')).toEqual({ type: 'ended' })
    expect(await other.refused('conversations')).toMatchObject({ status: 401 })
    expect(await isSignedIn(visitor)).toBe(true)
    await third.call('endOtherSessions')
    expect(await isSignedIn(visitor)).toBe(false)
    expect(await isSignedIn(third)).toBe(true)
  })
})

describe('changing a factor', () => {
  test('sets a password that is judged as at registration, and ends the other sessions', async () => {
    const { visitor, person } = await settle()
    const other = await signInElsewhere(person)
    await stepUp(visitor, person)
    expect(await visitor.refused('changePassword', { body: { password: 'short' } })).toEqual(
      refusal('password_too_short'),
    )
    expect(await isSignedIn(other)).toBe(true)
    await visitor.call('changePassword', { body: { password: 'another horse battery' } })
    expect(await isSignedIn(other)).toBe(false)
    expect(await isSignedIn(visitor)).toBe(true)
    server.moveClock(2 * STEP_MS)
    await expect(other.logIn(person)).rejects.toThrow('invalid_credentials')
    await other.logIn({ ...person, password: 'another horse battery' })
  })

  test('gives ten new recovery codes; the list before is worth nothing', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const { codes } = await visitor.call('makeRecoveryCodes')
    const signIn = (value = '') => {
      const { username, password } = person
      return { body: { username, password, second: { type: 'recovery', value } } }
    }
    const other = server.visit()
    await other.openSession()
    expect(await other.refused('login', signIn(person.recoveryCodes[0]))).toEqual(
      refusal('invalid_credentials'),
    )
    expect((await other.call('login', signIn(codes[0]))).recoveryCodesLeft).toBe(9)
  })

  test('takes a new authenticator app only with its code; until then the old one stands', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const { address, secret } = await visitor.call('beginTotp')
    expect(address).not.toBe(person.address)
    const replaces = await appOf(visitor)
    const wrong = { body: { name: null, replaces, code: visitor.codeOf(address, 9) } }
    expect(await visitor.refused('confirmTotp', wrong)).toEqual(refusal('invalid_code'))
    const other = await signInElsewhere(person)

    await visitor.call('confirmTotp', { body: { name: null, replaces, code: visitor.codeOf(address) } })
    expect(await isSignedIn(other)).toBe(false)
    server.moveClock(2 * STEP_MS)
    await expect(other.logIn(person)).rejects.toThrow('invalid_credentials')
    await other.logIn({ ...person, address })
    const listed = JSON.stringify([await other.call('authenticators'), await other.call('securityEvents')])
    expect(listed).not.toContain(secret)
  })

  test('does not take the code that confirmed a new app again', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const { address } = await visitor.call('beginTotp')
    const value = visitor.codeOf(address)
    await replaceApp(visitor, address)
    const body = { password: person.password, second: { type: 'totp', value } }
    expect(await visitor.refused('stepUp', { body })).toEqual(refusal('invalid_credentials'))
  })

  test('forgets a new app that nobody confirmed within 15 minutes', async () => {
    const early = { body: { name: null, replaces: null, code: '000000' } }
    const { visitor, person } = await settle()
    expect(await visitor.refused('confirmTotp', early)).toEqual(refusal('step_up_required'))
    await stepUp(visitor, person)
    expect(await visitor.refused('confirmTotp', early)).toEqual(refusal('replacement_missing'))
    const { address } = await visitor.call('beginTotp')
    server.moveClock(15 * MINUTE_MS)
    await stepUp(visitor, person)
    const late = { body: { name: null, replaces: null, code: visitor.codeOf(address) } }
    expect(await visitor.refused('confirmTotp', late)).toEqual(refusal('replacement_missing'))
  })
})

describe('several authenticator apps', () => {
  test('each sign in; a code of one is used up for it alone', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const other = await signInElsewhere(person)
    const address = await addApp(visitor, 'Old tablet')
    expect(await isSignedIn(other)).toBe(false)
    const second = { ...person, address }
    await signInElsewhere(second)
    await other.logIn(person)
    await expect(other.logIn(person)).rejects.toThrow('invalid_credentials')
    await expect(other.logIn(second)).rejects.toThrow('invalid_credentials')
  })

  test('are listed by their names, and there are three at most', async () => {
    const visitor = server.visit()
    await visitor.register()
    await addApp(visitor, 'Old tablet')
    await addApp(visitor, 'Second phone')
    const { authenticators } = await visitor.call('authenticators')
    const names = authenticators.flatMap(({ app }) => (app ? [app.name] : []))
    expect(names).toEqual(['Second phone', 'Old tablet', null])
    const { address } = await visitor.call('beginTotp')
    const body = { name: 'A fourth', code: visitor.codeOf(address), replaces: null }
    expect(await visitor.refused('confirmTotp', { body })).toMatchObject({ status: 409, code: 'totp_full' })
    const { events } = await visitor.call('securityEvents')
    expect(events.map(({ kind }) => kind).filter((kind) => kind === 'totp-added')).toHaveLength(2)
  })

  test('can be removed but for the last, which can be replaced', async () => {
    const { visitor, person } = await settle()
    await stepUp(visitor, person)
    const first = await appOf(visitor)
    const last = { status: 409, code: 'totp_last' }
    expect(await visitor.refused('removeTotp', { at: { app: first } })).toMatchObject(last)
    const address = await addApp(visitor, 'Old tablet')
    await visitor.call('removeTotp', { at: { app: first } })
    server.moveClock(2 * STEP_MS)
    await expect(server.visit().logIn(person)).rejects.toThrow('invalid_credentials')
    await server.visit().logIn({ ...person, address })
    const gone = { status: 404, code: 'totp_not_found' }
    expect(await visitor.refused('removeTotp', { at: { app: first } })).toMatchObject(gone)
    const { address: next } = await visitor.call('beginTotp')
    const body = { name: null, code: visitor.codeOf(next), replaces: first }
    expect(await visitor.refused('confirmTotp', { body })).toMatchObject(gone)
  })

  test('of another account cannot be removed or replaced', async () => {
    const [visitor, stranger] = [server.visit(), server.visit()]
    await visitor.register()
    await stranger.register()
    await addApp(stranger, 'Of a stranger')
    const at = { app: await appOf(visitor) }
    expect(await stranger.refused('removeTotp', { at })).toEqual(refusal('totp_not_found'))
    const { address } = await stranger.call('beginTotp')
    const body = { name: null, code: stranger.codeOf(address), replaces: at.app }
    expect(await stranger.refused('confirmTotp', { body })).toEqual(refusal('totp_not_found'))
  })

  test('are all ended when their codes are guessed', async () => {
    const { visitor, person } = await settle()
    await stepUp(visitor, person)
    await addApp(visitor, 'Old tablet')
    await distrustPassword(server.deps, { account: person.id, areCodesGuessed: true })
    expect(await listTotp(server.deps.db, person.id)).toEqual([])
  })
})

describe('a lost app or key', () => {
  const suspend = async (visitor: Visitor, authenticator: number) =>
    visitor.call('suspendAuthenticator', { at: { authenticator } })

  test('signs in no more at once, without a step-up, and ends the other sessions', async () => {
    const { visitor, person } = await settle()
    const other = await signInElsewhere(person)
    await suspend(visitor, await appOf(visitor))
    expect(await isSignedIn(visitor)).toBe(true)
    expect(await isSignedIn(other)).toBe(false)
    server.moveClock(2 * STEP_MS)
    await expect(other.logIn(person)).rejects.toThrow('invalid_credentials')
    const { authenticators } = await visitor.call('authenticators')
    expect(authenticators.find(({ app }) => app)).toMatchObject({
      suspendedAt: expect.any(Number),
      revokedAt: null,
    })
    const { events } = await visitor.call('securityEvents')
    expect(events.map(({ kind }) => kind)).toContain('authenticator-suspended')
  })

  test('is taken back by both factors, and then signs in again', async () => {
    const { visitor, person } = await settle()
    const at = { authenticator: await appOf(visitor) }
    await visitor.call('suspendAuthenticator', { at })
    expect(await visitor.refused('reactivateAuthenticator', { at })).toEqual(refusal('step_up_required'))
    const { username, password, recoveryCodes } = person
    const other = server.visit()
    await other.openSession()
    const second = { type: 'recovery', value: recoveryCodes[0] }
    other.token = (await other.call('login', { body: { username, password, second } })).token
    await other.call('reactivateAuthenticator', { at })
    expect(await other.refused('reactivateAuthenticator', { at })).toMatchObject({
      status: 404,
      code: 'authenticator_not_found',
    })
    expect(await isSignedIn(await signInElsewhere(person))).toBe(true)
  })

  test('is not suspended where nothing is left to come back with', async () => {
    const visitor = server.visit()
    await visitor.register()
    const first = await appOf(visitor)
    await server.deps.db('recovery_codes').update({ used_at: 1 })
    const at = { authenticator: first }
    expect(await visitor.refused('suspendAuthenticator', { at })).toMatchObject({
      status: 409,
      code: 'last_factor',
    })
    await addApp(visitor, 'Old tablet')
    await suspend(visitor, first)
    // The app that is left is the only one that signs in.
    const left = { app: await appOf(visitor) }
    expect(await visitor.refused('removeTotp', { at: left })).toEqual(refusal('totp_last'))
  })

  test('of another account cannot be suspended or taken back', async () => {
    const [visitor, stranger] = [server.visit(), server.visit()]
    await visitor.register()
    await stranger.register()
    const at = { authenticator: await appOf(visitor) }
    const unknown = refusal('authenticator_not_found')
    expect(await stranger.refused('suspendAuthenticator', { at })).toEqual(unknown)
    await suspend(visitor, at.authenticator)
    expect(await stranger.refused('reactivateAuthenticator', { at })).toEqual(unknown)
  })
})

describe('a report of loss by the password alone', () => {
  const report = async (username: string, password: string): Promise<Visitor> => {
    const visitor = server.visit()
    await visitor.openSession()
    expect(await visitor.call('reportLoss', { body: { username, password } })).toEqual({})
    return visitor
  }
  const isSuspended = async ({ id }: Person): Promise<boolean> =>
    (await listTotp(server.deps.db, id)).every(({ suspendedAt }) => suspendedAt !== null)

  test('suspends every app and ends every session; a recovery code takes them back', async () => {
    const { visitor, person } = await settle()
    const reporter = await report(person.username, person.password)
    await expect.poll(() => isSuspended(person)).toBe(true)
    expect(await isSignedIn(visitor)).toBe(false)
    expect(await isSignedIn(reporter)).toBe(false)
    await expect(server.visit().logIn(person)).rejects.toThrow('invalid_credentials')
    const { username, password, recoveryCodes } = person
    const second = { type: 'recovery', value: recoveryCodes[0] }
    await reporter.openSession()
    reporter.token = (await reporter.call('login', { body: { username, password, second } })).token
    await reporter.call('reactivateAuthenticator', { at: { authenticator: await appOf(reporter) } })
    await signInElsewhere(person)
    const { events } = await reporter.call('securityEvents')
    expect(events.map(({ kind }) => kind)).toContain('loss-reported')
  })

  test('is answered alike when password or name is wrong, and does nothing then', async () => {
    const { visitor, person } = await settle()
    await report(person.username, 'not the password')
    await report('nobody-of-this-name', person.password)
    await expect.poll(() => isSuspended(person)).toBe(false)
    expect(await isSignedIn(visitor)).toBe(true)
  })

  test('counts as an attempt, right or wrong, and has to wait after ten', async () => {
    const { person } = await settle()
    const visitor = server.visit()
    await visitor.openSession()
    const body = { username: person.username, password: person.password }
    for (let count = 0; count < 10; count++) await visitor.call('reportLoss', { body })
    expect(await visitor.refused('reportLoss', { body })).toMatchObject({
      status: 429,
      code: 'too_many_attempts',
    })
  })

  test('does nothing where no recovery code is left', async () => {
    const { visitor, person } = await settle()
    await server.deps.db('recovery_codes').update({ used_at: 1 })
    await report(person.username, person.password)
    await expect.poll(() => server.lines.some(({ event }) => event === 'loss_report_undone')).toBe(true)
    expect(await isSuspended(person)).toBe(false)
    expect(await isSignedIn(visitor)).toBe(true)
  })
})

describe('a new password', () => {
  const GUESSABLE = [
    ['1234abcd', 'password_sequence'],
    ['password1', 'password_contextual'],
  ] as const

  test.each(GUESSABLE)('is refused at a change and at a recovery when it is %s', async (guessable, code) => {
    const visitor = server.visit()
    const { username, address, recoveryCodes } = await visitor.register()
    expect(await visitor.refused('changePassword', { body: { password: guessable } })).toEqual(refusal(code))
    const other = server.visit()
    await other.openSession()
    const codes = { code: other.codeOf(address, 1), recoveryCode: recoveryCodes[0] }
    const body = { username, password: guessable, ...codes }
    expect(await other.refused('recoverPassword', { body })).toEqual(refusal(code))
  })

  test('gives back a session that might do nothing but change it', async () => {
    const { visitor, person } = await settle()
    await server.deps
      .db('accounts')
      .where({ id: person.id })
      .update({ password_compromised_at: server.now() })
    expect((await visitor.openSession()).mustChangePassword).toBe(true)
    expect(await visitor.refused('makeRecoveryCodes')).toEqual(refusal('password_change_required'))
    await stepUp(visitor, person)
    await visitor.call('changePassword', { body: { password: 'another horse battery' } })
    expect((await visitor.openSession()).mustChangePassword).toBe(false)
    await visitor.call('makeRecoveryCodes')
  })
})

describe('guessing', () => {
  test.each(['stepUp', 'recoverPassword'] as const)('at %s has to wait after ten failures', async (name) => {
    const { visitor, person } = await settle()
    const guesser = name === 'stepUp' ? visitor : server.visit()
    await guesser.openSession()
    const second = { type: 'totp', value: '000000' }
    const bodies = {
      stepUp: { password: 'not the password', second },
      recoverPassword: {
        username: person.username,
        password: 'another horse battery',
        code: '000000',
        recoveryCode: '0'.repeat(26),
      },
    }
    const guess = () => guesser.refused(name, { body: bodies[name] })
    for (let count = 0; count < 10; count++) expect(await guess()).toEqual(refusal('invalid_credentials'))
    expect(await guess()).toMatchObject({ status: 429, code: 'too_many_attempts' })
  })
})

describe('the list of authenticators', () => {
  test('has what is in use first, then what is revoked, each with its dates', async () => {
    const visitor = server.visit()
    await visitor.register()
    server.moveClock(MINUTE_MS)
    await visitor.call('makeRecoveryCodes')
    const { address } = await visitor.call('beginTotp')
    await replaceApp(visitor, address)
    const { authenticators } = await visitor.call('authenticators')
    expect(authenticators.map(({ type, revokedAt }) => [type, revokedAt !== null])).toEqual(
      expect.arrayContaining([
        ['password', false],
        ['totp', false],
        ['recovery-codes', false],
        ['totp', true],
        ['recovery-codes', true],
      ]),
    )
    expect(authenticators.findIndex(({ revokedAt }) => revokedAt !== null)).toBe(3)
    for (const { boundAt, revokedAt } of authenticators)
      expect(revokedAt ?? Infinity).toBeGreaterThan(boundAt)
    expect(authenticators.map(({ codesLeft }) => codesLeft).filter((left) => left !== null)).toEqual([10])
  })
})

describe('security events', () => {
  test('say what was done, where, and whether in this session; a failed sign-in, too', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const other = await signInElsewhere(person)
    const stranger = server.visit()
    await stranger.openSession()
    const { username, password } = person
    const second = { type: 'totp', value: '000000' }
    await stranger.refused('login', { body: { username, password: 'not the password', second } })
    await stranger.refused('login', { body: { username: 'nobody-of-this-name', password, second } })
    await other.call('changePassword', { body: { password: 'another horse battery' } })
    const kinds = async () =>
      (await other.call('securityEvents')).events.map(({ kind, isThis }) => `${kind} ${isThis}`)
    await expect
      .poll(async () => (await kinds()).sort())
      .toEqual(['password-changed true', 'registered false', 'sign-in-failed false', 'signed-in true'])
  })

  test('begin with the registration, from its address and browser', async () => {
    const visitor = server.visit()
    await visitor.register()
    const { events } = await visitor.call('securityEvents')
    expect(events).toEqual([
      expect.objectContaining({
        kind: 'registered',
        address: '127.0.0.1',
        browser: expect.any(String),
        isThis: true,
      }),
    ])
  })

  test.each(['stepUp', 'reauthenticate'] as const)('say that %s was refused', async (name) => {
    const { visitor } = await settle()
    const second = { type: 'totp', value: '000000' }
    const body = { password: 'not the password', ...(name === 'stepUp' ? { second } : {}) }
    await visitor.refused(name, { body })
    const { events } = await visitor.call('securityEvents')
    expect(events[0]).toMatchObject({ kind: 'confirmation-failed', isThis: true })
  })

  test('of one account are not shown to another', async () => {
    const [visitor, stranger] = [server.visit(), server.visit()]
    await visitor.register()
    await visitor.call('makeRecoveryCodes')
    await stranger.register()
    const { events } = await stranger.call('securityEvents')
    expect(events.map(({ kind }) => kind)).toEqual(['registered'])
  })
})

describe('recovery', () => {
  const recover = ({ username, address, recoveryCodes }: Credentials, visitor: Visitor) => ({
    username,
    password: 'another horse battery',
    code: visitor.codeOf(address),
    recoveryCode: recoveryCodes[0],
  })

  test('of a forgotten password takes one-time code and recovery code, ends every session and signs nobody in', async () => {
    const { visitor, person } = await settle()
    const other = server.visit()
    await other.openSession()
    await other.call('recoverPassword', { body: recover(person, other) })
    expect(await isSignedIn(other)).toBe(false)
    expect(await isSignedIn(visitor)).toBe(false)
    server.moveClock(2 * STEP_MS)
    const session = await other.logIn({ ...person, password: 'another horse battery' })
    expect(session).toMatchObject({ account: { id: person.id }, recoveryCodesLeft: 9 })
    const { events } = await other.call('securityEvents')
    expect(events.map(({ kind }) => kind)).toContain('password-recovered')
  })

  test('has one refusal for every reason, and uses no code up', async () => {
    const { visitor, person } = await settle()
    await visitor.call('endSession')
    await visitor.openSession()
    const right = recover(person, visitor)
    for (const parts of [
      { username: 'nobody-of-this-name' },
      { code: visitor.codeOf(person.address, 9) },
      { recoveryCode: person.recoveryCodes[1] },
    ])
      expect(await visitor.refused('recoverPassword', { body: { ...right, ...parts } })).toEqual({
        status: 401,
        code: 'invalid_credentials',
        at: undefined,
      })
    await visitor.call('recoverPassword', { body: right })
  })

  test('of a lost app is a sign-in by recovery code, which may bind a new app at once', async () => {
    const { person } = await settle()
    const { username, password, recoveryCodes } = person
    const visitor = server.visit()
    await visitor.openSession()
    const second = { type: 'recovery', value: recoveryCodes[0] }
    visitor.token = (await visitor.call('login', { body: { username, password, second } })).token
    const { address } = await visitor.call('beginTotp')
    await replaceApp(visitor, address)
    const other = await signInElsewhere({ ...person, address })
    expect(await isSignedIn(other)).toBe(true)
  })
})

describe('deleting the account', () => {
  test('asks for its name, ends every session, and lets nobody sign in or have the name again', async () => {
    const { visitor, person } = await settle()
    const other = await signInElsewhere(person)
    await stepUp(visitor, person)
    const wrong = { body: { username: 'somebody-else' } }
    expect(await visitor.refused('deleteAccount', wrong)).toMatchObject({ status: 400, at: 'username' })
    expect(await isSignedIn(other)).toBe(true)

    await visitor.call('deleteAccount', { body: { username: person.username } })
    expect(await isSignedIn(visitor)).toBe(false)
    expect(await isSignedIn(other)).toBe(false)
    server.moveClock(2 * STEP_MS)
    await expect(other.logIn(person)).rejects.toThrow('invalid_credentials')
    await expect(other.beginEnrolment(person.username, 'long enough')).rejects.toThrow('username_taken')
  })

  test('leaves the log to the other side, which can read it and not add to it', async () => {
    const [visitor, other] = [server.visit(), server.visit()]
    const person = await visitor.register()
    const contact = await other.register()
    const entry = () => ({ entries: [message(newKeySet(), 1)] })
    await visitor.call('append', { at: { contact: contact.id }, body: entry() })
    await visitor.call('deleteAccount', { body: { username: person.username } })

    const at = { contact: person.id }
    expect((await other.call('pull', { at, query: '?after=0' })).entries).toHaveLength(1)
    expect((await other.call('conversations')).conversations).toHaveLength(1)
    expect(await other.refused('append', { at, body: entry() })).toEqual(refusal('account_not_found'))
    const byName = { at: { username: person.username } }
    expect(await other.refused('findAccount', byName)).toEqual(refusal('account_not_found'))
  })
})

/** Passkeys and security keys over HTTP: adding, signing in, stepping up, removing, and everything that is refused. */
import { randomBytes } from 'node:crypto'
import { verifyRegistrationResponse } from '@simplewebauthn/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WEBAUTHN_ALGORITHMS, type WebauthnProof } from '../../server/wire/webauthn.ts'
import { makeAttestationCertificate } from '../support/attestation-certificate.ts'
import { type KeyTraits, SoftwareKey } from '../support/software-key.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import type { Credentials, Visitor } from './visitor.ts'

const MINUTE_MS = 60_000
const STEP_MS = 30_000

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

type Person = Credentials & { id: number }
interface Owner {
  readonly visitor: Visitor
  readonly person: Person
  readonly key: SoftwareKey
}

const refusal = (code: string) => expect.objectContaining({ code })
const makeKey = (traits: Partial<KeyTraits> = {}): SoftwareKey =>
  new SoftwareKey({ origin: server.origin, ...traits })

async function addKey(visitor: Visitor, key: SoftwareKey, name = 'Blue key'): Promise<void> {
  const creation = await visitor.call('beginWebauthn')
  await visitor.call('confirmWebauthn', { body: { name, key: key.create(creation) } })
}

async function makeOwner(traits: Partial<KeyTraits> = {}): Promise<Owner> {
  const visitor = server.visit()
  const person = await visitor.register()
  const key = makeKey(traits)
  await addKey(visitor, key)
  return { visitor, person, key }
}

async function visitAnew(): Promise<Visitor> {
  const visitor = server.visit()
  await visitor.openSession()
  return visitor
}

const begin = (visitor: Visitor, { username }: Credentials) =>
  visitor.call('beginWebauthnLogin', { body: { username } })

const login = ({ username, password }: Credentials, value: WebauthnProof) => ({
  body: { username, password, second: { type: 'webauthn', value } },
})

async function logIn(visitor: Visitor, { person, key }: Owner): Promise<void> {
  const session = await visitor.call('login', login(person, key.prove(await begin(visitor, person))))
  visitor.token = session.token
}

const packed = (signature: Buffer): Map<string, unknown> =>
  new Map<string, unknown>([
    ['alg', -7],
    ['sig', new Uint8Array(signature)],
  ])

describe('a challenge', () => {
  test('is 32 bytes, another one each time, and names the site', async () => {
    const { person } = await makeOwner()
    const visitor = await visitAnew()
    const challenges = new Set<string>()
    for (let count = 0; count < 100; count++) {
      const request = await begin(visitor, person)
      expect(Buffer.from(request.challenge, 'base64url')).toHaveLength(32)
      expect(request).toMatchObject({ site: 'localhost', endsAt: expect.any(Number) })
      challenges.add(request.challenge)
    }
    expect(challenges.size).toBe(100)
  })

  test('is answered once: a login that was seen cannot be sent again', async () => {
    const owner = await makeOwner()
    const visitor = await visitAnew()
    const body = login(owner.person, owner.key.prove(await begin(visitor, owner.person)))
    const { cookie, token } = visitor
    await visitor.call('login', body)
    const thief = server.visit()
    Object.assign(thief, { cookie, token })
    expect(await thief.refused('login', body)).toMatchObject({ status: 401 })
    await thief.openSession()
    expect(await thief.refused('login', body)).toEqual(refusal('invalid_credentials'))
  })

  test('is used up by an attempt that fails', async () => {
    const { person, key } = await makeOwner()
    const visitor = await visitAnew()
    const request = await begin(visitor, person)
    const wrong = login({ ...person, password: 'not the password' }, key.prove(request))
    expect(await visitor.refused('login', wrong)).toEqual(refusal('invalid_credentials'))
    const right = login(person, key.prove(request))
    expect(await visitor.refused('login', right)).toEqual(refusal('invalid_credentials'))
  })

  test('belongs to the pre-session that asked for it', async () => {
    const { person, key } = await makeOwner()
    const [visitor, other] = [await visitAnew(), await visitAnew()]
    const proof = key.prove(await begin(visitor, person))
    await begin(other, person)
    expect(await other.refused('login', login(person, proof))).toEqual(refusal('invalid_credentials'))
  })

  test('ends five minutes after it was begun, and is not kept', async () => {
    const { person, key } = await makeOwner()
    const visitor = await visitAnew()
    const proof = key.prove(await begin(visitor, person))
    server.moveClock(5 * MINUTE_MS)
    expect(await visitor.refused('login', login(person, proof))).toEqual(refusal('invalid_credentials'))
    const late = await visitAnew()
    await begin(late, person)
    server.moveClock(5 * MINUTE_MS)
    const { db } = server.deps
    await expect.poll(() => db('webauthn_challenges'), { timeout: 10_000 }).toEqual([])
  })

  test('for a new key does not serve to sign in, nor the other way round', async () => {
    const { visitor, person, key } = await makeOwner()
    const creation = await visitor.call('beginWebauthn')
    const body = { password: person.password, second: { type: 'webauthn', value: key.prove(creation) } }
    expect(await visitor.refused('stepUp', { body })).toEqual(refusal('invalid_credentials'))
    const request = await visitor.call('beginWebauthnStepUp')
    const other = { name: 'Red key', key: makeKey().create(request) }
    expect(await visitor.refused('confirmWebauthn', { body: other })).toEqual(refusal('webauthn_missing'))
  })
})

describe('signing in', () => {
  test.each(['ES256', 'ES384', 'RS256'] as const)('takes the password and a key of %s', async (algorithm) => {
    const owner = await makeOwner({ algorithm })
    await logIn(await visitAnew(), owner)
    await logIn(await visitAnew(), owner)
  })

  test('needs the password beside the key', async () => {
    const { person, key } = await makeOwner()
    const visitor = await visitAnew()
    const body = login({ ...person, password: '' }, key.prove(await begin(visitor, person)))
    expect(await visitor.refused('login', body)).toEqual(refusal('invalid_credentials'))
  })

  test.each<[string, Partial<KeyTraits>]>([
    ['at another origin', { origin: 'https://letterlock.example' }],
    ['for another site', { site: 'letterlock.example' }],
    ['without a touch', { isTouched: false }],
  ])('refuses a proof made %s', async (_how, traits) => {
    const owner = await makeOwner()
    Object.assign(owner.key.traits, traits)
    await expect(logIn(await visitAnew(), owner)).rejects.toThrow('invalid_credentials')
  })

  test('refuses a key whose count went back, or did not go on', async () => {
    const owner = await makeOwner({ counter: 7 })
    await logIn(await visitAnew(), owner)
    for (const counter of [3, 7]) {
      owner.key.counter = counter
      await expect(logIn(await visitAnew(), owner)).rejects.toThrow('invalid_credentials')
    }
    await logIn(await visitAnew(), owner)
  })

  test('takes a key that does not count', async () => {
    const owner = await makeOwner()
    for (let times = 0; times < 2; times++) {
      owner.key.counter = -1
      await logIn(await visitAnew(), owner)
    }
  })

  test('refuses the key of somebody else, and one that nobody added', async () => {
    const [owner, other] = [await makeOwner(), await makeOwner()]
    for (const key of [other.key, makeKey()])
      await expect(logIn(await visitAnew(), { ...owner, key })).rejects.toThrow('invalid_credentials')
  })

  test('refuses a key whose row was altered, or given to another account', async () => {
    const [owner, thief] = [await makeOwner(), await makeOwner()]
    const { db } = server.deps
    const rows = () => db('webauthn_authenticators')
    const [stolen] = await rows().where({ account: thief.person.id }).select<{ public_key: Buffer }[]>('*')
    await rows().where({ account: owner.person.id }).update({
      public_key: stolen?.public_key,
    })
    await expect(logIn(await visitAnew(), owner)).rejects.toThrow('invalid_credentials')
    await rows().where({ account: thief.person.id }).update({ account: owner.person.id })
    const moved = { ...owner, key: thief.key }
    await expect(logIn(await visitAnew(), moved)).rejects.toThrow('invalid_credentials')
  })

  test('has to wait after ten failures', async () => {
    const { person, key } = await makeOwner()
    const visitor = await visitAnew()
    const guess = async () => {
      const proof = key.prove(await begin(visitor, person))
      return visitor.refused('login', login({ ...person, password: 'not the password' }, proof))
    }
    for (let count = 0; count < 10; count++) expect(await guess()).toEqual(refusal('invalid_credentials'))
    expect(await guess()).toMatchObject({ status: 429, code: 'too_many_attempts' })
  })
})

describe('a name that nobody has', () => {
  const ids = async (username: string) =>
    (await (await visitAnew()).call('beginWebauthnLogin', { body: { username } })).known

  test('gets credential ids like real ones, the same each time', async () => {
    const { person, key } = await makeOwner()
    const bare = await server.visit().register()
    const real = await ids(person.username)
    expect(real).toEqual([key.credential.toString('base64url')])
    for (const name of ['nobody-of-this-name', bare.username]) {
      const known = await ids(name)
      expect(await ids(name)).toEqual(known)
      expect(known.length).toBeLessThanOrEqual(2)
    }
    const many = await Promise.all(Array.from({ length: 24 }, (_, count) => ids(`nobody-${count}`)))
    const all = many.flat()
    expect(new Set(all).size).toBe(all.length)
    const sizes = new Set(all.map((id) => Buffer.from(id, 'base64url').length))
    expect(sizes.size).toBeGreaterThan(2)
    expect([...sizes].every((size) => size >= 16 && size <= 64)).toBe(true)
  })

  test('is refused as a known one is', async () => {
    const { person, key } = await makeOwner()
    const answers = await Promise.all(
      [person.username, 'nobody-at-all'].map(async (username) => {
        const visitor = await visitAnew()
        const request = await begin(visitor, { ...person, username })
        const proof = { ...key.prove(request), signature: randomBytes(70).toString('base64url') }
        return visitor.refused('login', login({ ...person, username }, proof))
      }),
    )
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]).toMatchObject({ status: 401, code: 'invalid_credentials' })
  })
})

describe('stepping up', () => {
  test('takes the password and a key', async () => {
    const { visitor, person, key } = await makeOwner()
    server.moveClock(6 * MINUTE_MS)
    expect(await visitor.refused('beginWebauthn')).toEqual(refusal('step_up_required'))
    const value = key.prove(await visitor.call('beginWebauthnStepUp'))
    const body = { password: person.password, second: { type: 'webauthn', value } }
    visitor.token = (await visitor.call('stepUp', { body })).token
    await visitor.call('beginWebauthn')
    expect(await visitor.refused('stepUp', { body })).toEqual(refusal('invalid_credentials'))
  })
})

describe('adding a key', () => {
  test('asks for the allowed algorithms only', () => {
    expect(WEBAUTHN_ALGORITHMS).toEqual([-7, -35, -257])
  })

  test('ends the other sessions, and is among the security events', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const other = server.visit()
    server.moveClock(2 * STEP_MS)
    await other.logIn(person)
    await addKey(visitor, makeKey())
    expect((await other.openSession()).account).toBeNull()
    const { events } = await visitor.call('securityEvents')
    expect(events[0]).toMatchObject({ kind: 'webauthn-added', isThis: true })
  })

  test('lists it with its name, dates and whether it is synced', async () => {
    const owner = await makeOwner()
    await addKey(owner.visitor, makeKey({ isBackupEligible: true }), 'Meine Schlüssel 🔑')
    await logIn(owner.visitor, owner)
    const { authenticators } = await owner.visitor.call('authenticators')
    const keys = authenticators.filter(({ type }) => type === 'webauthn').map(({ key }) => key)
    expect(keys).toHaveLength(2)
    expect(keys).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'Blue key', isSynced: false, lastUsedAt: expect.any(Number) }),
        expect.objectContaining({ name: 'Meine Schlüssel 🔑', isSynced: true, lastUsedAt: null }),
      ]),
    )
    const [row] = await server.deps
      .db('webauthn_authenticators')
      .where({ is_backup_eligible: 1 })
      .select<Record<string, unknown>[]>('*')
    expect(row).toMatchObject({ is_backed_up: 1, aaguid: Buffer.alloc(16) })
  })

  test('tells the browser which keys are there already', async () => {
    const { visitor, person, key } = await makeOwner()
    expect(await visitor.call('beginWebauthn')).toMatchObject({
      username: person.username,
      known: [key.credential.toString('base64url')],
    })
  })

  test.each<[string, Partial<KeyTraits>]>([
    ['made at another origin', { origin: 'https://letterlock.example' }],
    ['made for another site', { site: 'letterlock.example' }],
    ['made without a touch', { isTouched: false }],
    ['of another algorithm', { algorithm: 'EdDSA' }],
    ['of 1024 bits', { algorithm: 'RS256 of 1024 bits' }],
  ])('refuses one %s', async (_what, traits) => {
    const visitor = server.visit()
    await visitor.register()
    const creation = await visitor.call('beginWebauthn')
    const body = { name: 'Blue key', key: makeKey(traits).create(creation) }
    expect(await visitor.refused('confirmWebauthn', { body })).toEqual(refusal('webauthn_invalid'))
  })

  test('takes an attestation that the key signs by itself, and no wrong one', async () => {
    const visitor = server.visit()
    await visitor.register()
    for (const isRight of [false, true]) {
      const key = makeKey()
      const creation = await visitor.call('beginWebauthn')
      const body = {
        name: 'Blue key',
        key: key.create(creation, (signed) => packed(key.sign(isRight ? signed : randomBytes(32)))),
      }
      if (isRight) await visitor.call('confirmWebauthn', { body })
      else expect(await visitor.refused('confirmWebauthn', { body })).toEqual(refusal('webauthn_invalid'))
    }
  })

  test('refuses an attestation with certificates, though it is in order', async () => {
    const visitor = server.visit()
    await visitor.register()
    const { certificate, sign } = await makeAttestationCertificate()
    const creation = await visitor.call('beginWebauthn')
    const key = makeKey().create(creation, (signed) => packed(sign(signed)).set('x5c', [certificate]))
    // That it is in order: the library would take it.
    const { verified } = await verifyRegistrationResponse({
      response: {
        id: key.credential,
        rawId: key.credential,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON: key.clientData, attestationObject: key.attestation },
      },
      expectedChallenge: creation.challenge,
      expectedOrigin: server.origin,
      expectedRPID: creation.site,
      requireUserVerification: false,
      supportedAlgorithmIDs: [...WEBAUTHN_ALGORITHMS],
    })
    expect(verified).toBe(true)
    const body = { name: 'Blue key', key }
    expect(await visitor.refused('confirmWebauthn', { body })).toEqual(refusal('webauthn_invalid'))
  })

  test('refuses one that is bound already, and the answer to a challenge that was answered', async () => {
    const { visitor, key } = await makeOwner()
    const creation = await visitor.call('beginWebauthn')
    const body = { name: 'Again', key: key.create(creation) }
    expect(await visitor.refused('confirmWebauthn', { body })).toEqual(refusal('webauthn_invalid'))
    expect(await visitor.refused('confirmWebauthn', { body })).toEqual(refusal('webauthn_missing'))
  })

  test('allows ten', async () => {
    const { visitor } = await makeOwner()
    for (let count = 1; count < 10; count++) await addKey(visitor, makeKey(), `Key ${count}`)
    expect(await visitor.refused('beginWebauthn')).toEqual(refusal('webauthn_full'))
  })

  test.each(['', ' ', ' key', 'key ', 'a\nb', 'x'.repeat(41), '\u0000', '\u2028'])(
    'refuses the name %j',
    async (name) => {
      const visitor = server.visit()
      await visitor.register()
      const key = makeKey().create(await visitor.call('beginWebauthn'))
      expect(await visitor.refused('confirmWebauthn', { body: { name, key } })).toMatchObject({
        code: 'invalid_body',
        at: 'name',
      })
    },
  )
})

const idOf = async (visitor: Visitor): Promise<number> => {
  const { authenticators } = await visitor.call('authenticators')
  return authenticators.find(({ key }) => key !== null)?.key?.id ?? 0
}

describe('suspending a key', () => {
  test('ends its use at once, also of a challenge under way; taken back, it signs in again', async () => {
    const owner = await makeOwner()
    const pending = await visitAnew()
    const proof = owner.key.prove(await begin(pending, owner.person))
    const at = { authenticator: await idOf(owner.visitor) }
    await owner.visitor.call('suspendAuthenticator', { at })
    expect(await pending.refused('login', login(owner.person, proof))).toEqual(refusal('invalid_credentials'))
    const { known } = await begin(pending, owner.person)
    expect(known).not.toContain(owner.key.create(await owner.visitor.call('beginWebauthn')).credential)
    await owner.visitor.call('reactivateAuthenticator', { at })
    await logIn(await visitAnew(), owner)
  })

  test('does not let it be added a second time', async () => {
    const owner = await makeOwner()
    const at = { authenticator: await idOf(owner.visitor) }
    await owner.visitor.call('suspendAuthenticator', { at })
    const creation = await owner.visitor.call('beginWebauthn')
    const key = owner.key.create(creation)
    expect(creation.known).toEqual([key.credential])
    const body = { name: 'Again', key }
    expect(await owner.visitor.refused('confirmWebauthn', { body })).toEqual(refusal('webauthn_invalid'))
  })
})

describe('removing a key', () => {
  test('ends its use at once; it stays on record as revoked', async () => {
    const owner = await makeOwner()
    const elsewhere = await visitAnew()
    await logIn(elsewhere, owner)
    const pending = await visitAnew()
    const proof = owner.key.prove(await begin(pending, owner.person))
    server.moveClock(MINUTE_MS)
    await owner.visitor.call('removeWebauthn', { at: { key: await idOf(owner.visitor) } })
    expect((await elsewhere.openSession()).account).toBeNull()
    expect(await pending.refused('login', login(owner.person, proof))).toEqual(refusal('invalid_credentials'))
    const { authenticators } = await owner.visitor.call('authenticators')
    const revoked = authenticators.find(({ type }) => type === 'webauthn')
    expect(revoked?.revokedAt).toBeGreaterThan(revoked?.boundAt ?? Infinity)
    const { events } = await owner.visitor.call('securityEvents')
    expect(events).toContainEqual(expect.objectContaining({ kind: 'webauthn-removed', isThis: true }))
  })

  test('of somebody else, or a second time, is refused', async () => {
    const [owner, other] = [await makeOwner(), await makeOwner()]
    const at = { key: await idOf(owner.visitor) }
    expect(await other.visitor.refused('removeWebauthn', { at })).toEqual(refusal('webauthn_not_found'))
    await owner.visitor.call('removeWebauthn', { at })
    expect(await owner.visitor.refused('removeWebauthn', { at })).toEqual(refusal('webauthn_not_found'))
  })

  test('is part of deleting the account', async () => {
    const { visitor, person } = await makeOwner()
    await visitor.call('deleteAccount', { body: { username: person.username } })
    const rows = await server.deps.db('webauthn_authenticators').where({ account: person.id })
    expect(rows).toEqual([expect.objectContaining({ revoked_at: expect.any(Number) })])
  })
})

describe('SYNCED_PASSKEYS=0', () => {
  test('refuses passkeys that may be copied to other devices, and takes others', async () => {
    const strict = await startTestServer({ environment: { SYNCED_PASSKEYS: '0' } })
    try {
      const visitor = strict.visit()
      await visitor.register()
      const key = (isBackupEligible: boolean) => new SoftwareKey({ origin: strict.origin, isBackupEligible })
      const body = { name: 'Phone', key: key(true).create(await visitor.call('beginWebauthn')) }
      expect(await visitor.refused('confirmWebauthn', { body })).toEqual(refusal('webauthn_synced'))
      await addKey(visitor, key(false))
    } finally {
      await strict.remove()
    }
  })
})

import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'
import type { Credentials } from './visitor.ts'

const STEP_MS = 30_000

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.remove())

/** Signs in as somebody who registered at least three steps of a code ago. */
async function logIn(person: Credentials) {
  server.moveClock(3 * STEP_MS)
  return server.visit().logIn(person)
}
const passwordRow = async () => {
  const [row] = await server.deps.db('passwords').select<Record<string, unknown>[]>('*')
  return row
}
const addKey = async (purpose: string, sizeBytes: number) => {
  const file = path.join(server.deps.config.dataDir, 'secrets', `${purpose}-2.key`)
  await writeFile(file, Buffer.alloc(sizeBytes, 7))
  await chmod(file, 0o400)
}

describe('a login', () => {
  test('keeps the password under the newest pepper, once', async () => {
    const person = await server.visit().register()
    await addKey('password-pepper', 48)
    await server.restart()
    expect(await passwordRow()).toMatchObject({ pepper_id: 1 })
    await logIn(person)
    const renewed = await passwordRow()
    expect(renewed).toMatchObject({ pepper_id: 2 })
    await logIn(person)
    expect(await passwordRow()).toEqual(renewed)
  })

  test('keeps the password at a cost that was raised, and does not lower one', async () => {
    const person = await server.visit().register()
    expect(await passwordRow()).toMatchObject({ bcrypt_salt: expect.stringMatching(/^\$2b\$04/) })
    await server.restart({ bcryptCost: 5 })
    await logIn(person)
    expect(await passwordRow()).toMatchObject({ bcrypt_salt: expect.stringMatching(/^\$2b\$05/) })
    await server.restart({ bcryptCost: 4 })
    await logIn(person)
    expect(await passwordRow()).toMatchObject({ bcrypt_salt: expect.stringMatching(/^\$2b\$05/) })
  })

  test('that fails changes nothing', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    await addKey('password-pepper', 48)
    await server.restart()
    const before = await passwordRow()
    await visitor.openSession()
    const second = { type: 'totp', value: '000000' }
    const { username, password } = person
    await visitor.refused('login', { body: { username, password, second } })
    expect(await passwordRow()).toEqual(before)
  })

  test('encrypts the secret for one-time codes under the newest key', async () => {
    const person = await server.visit().register()
    await addKey('totp-encryption', 32)
    await server.restart()
    await logIn(person)
    const [row] = await server.deps.db('totp_authenticators').select<{ key_id: number }[]>('key_id')
    expect(row?.key_id).toBe(2)
    await logIn(person)
  })
})

describe('a start', () => {
  test.each(['password-pepper', 'lookup-pepper', 'totp-encryption'])(
    'is refused when a key %s is gone that rows were made with',
    async (purpose) => {
      await server.visit().register()
      await addKey(purpose, 48)
      await server.forgetKey(`${purpose}-1.key`)
      await expect(server.restart()).rejects.toThrow(`${purpose}-1.key is missing`)
    },
  )
})

describe('a password', () => {
  test('is worth nothing under another pepper', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    await server.forgetKey('password-pepper-1.key')
    const file = path.join(server.deps.config.dataDir, 'secrets', 'password-pepper-1.key')
    await writeFile(file, Buffer.alloc(48, 9), { mode: 0o400 })
    await server.restart()
    server.moveClock(3 * STEP_MS)
    await visitor.openSession()
    const second = { type: 'totp', value: visitor.codeOf(person.address) }
    const { username, password } = person
    expect(await visitor.refused('login', { body: { username, password, second } })).toMatchObject({
      code: 'invalid_credentials',
    })
  })
})

describe('the database', () => {
  test('keeps one password of two people as two different rows', async () => {
    for (const username of ['first', 'second']) {
      const visitor = server.visit()
      const { address } = await visitor.beginEnrolment(username, 'the same quiet vole')
      await visitor.call('confirmEnrolment', { body: { code: visitor.codeOf(address) } })
      await visitor.call('activateEnrolment')
    }
    const rows = await server.deps.db('passwords').select<Record<string, Buffer>[]>('tag', 'scrypt_salt')
    for (const column of ['tag', 'scrypt_salt'])
      expect(new Set(rows.map((row) => row[column]?.toString('hex'))).size).toBe(2)
  })

  test('makes two accounts’ secrets for codes useless when they are swapped', async () => {
    const people = [await server.visit().register(), await server.visit().register()]
    const { db } = server.deps
    const [one, other] =
      await db('totp_authenticators').select<{ id: number; nonce: Buffer; ciphertext: Buffer }[]>('*')
    if (!one || !other) throw new Error('two secrets were to be there')
    const put = (id: number, { nonce, ciphertext }: typeof one) =>
      db('totp_authenticators').where({ id }).update({ nonce, ciphertext })
    await put(one.id, other)
    await put(other.id, one)
    server.moveClock(3 * STEP_MS)
    for (const person of people) await expect(server.visit().logIn(person)).rejects.toThrow('500')
  })
})

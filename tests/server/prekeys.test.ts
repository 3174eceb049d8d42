import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { randomText } from '../contracts/entries.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import { readRefusal, type Visitor } from './visitor.ts'

let server: TestServer
let owner: Visitor
let other: Visitor
let contact: number
let identity: string

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

beforeEach(async () => {
  owner = server.visit()
  contact = (await owner.register()).id
  other = server.visit()
  await other.register()
  identity = randomText(97)
  await owner.call('publishIdentity', { body: { identity, replaces: null } })
})

const makePrekeys = (count: number) =>
  Array.from({ length: count }, () => ({ id: randomText(16), key: randomText(97) }))
const publish = (count: number) =>
  owner.call('publishPrekeys', { body: { identity, prekeys: makePrekeys(count), isWholeStock: false } })

describe('prekeyStock', () => {
  test('is nothing for an account without an identity', async () => {
    expect(await other.call('prekeyStock')).toEqual({ identity: null, stock: 0 })
  })

  test('counts what is left', async () => {
    await publish(3)
    await other.call('drawPrekey', { at: { contact } })
    expect(await owner.call('prekeyStock')).toEqual({ identity, stock: 2 })
  })
})

describe('publishPrekeys', () => {
  test('takes 100 in one delivery', async () => {
    expect(await publish(100)).toEqual({ identity, stock: 100 })
  })

  test.each([0, 101])('refuses %d in one delivery', async (count) => {
    const body = { identity, prekeys: makePrekeys(count), isWholeStock: false }
    expect(await owner.refused('publishPrekeys', { body })).toMatchObject({ code: 'invalid_body' })
  })

  test('refuses prekeys of another identity', async () => {
    const body = { identity: randomText(97), prekeys: makePrekeys(1), isWholeStock: false }
    expect(await owner.refused('publishPrekeys', { body })).toMatchObject({
      status: 409,
      code: 'identity_conflict',
    })
  })
})

describe('drawPrekey', () => {
  test('gives one with account and identity, and none when none is left', async () => {
    await publish(1)
    const first = await other.call('drawPrekey', { at: { contact } })
    expect(first).toMatchObject({ account: contact, identity, prekey: { id: expect.any(String) } })
    const second = await other.call('drawPrekey', { at: { contact } })
    expect(second).toEqual({ account: contact, identity, prekey: null })
  })

  test('beyond the limit says when it may succeed', async () => {
    await publish(10)
    for (let count = 0; count < 5; count++) await other.call('drawPrekey', { at: { contact } })
    const response = await other.post(`/api/accounts/${contact}/prekey`, { token: other.token })
    const seconds = Number(response.headers.get('Retry-After'))
    expect(seconds).toBeGreaterThan(3500)
    expect(seconds).toBeLessThanOrEqual(3600)
    expect(await readRefusal(response)).toMatchObject({ status: 429, code: 'too_many_draws' })
  })
})

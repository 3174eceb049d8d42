import { Dexie } from 'dexie'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureIdentity, replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { databaseName } from '../../pwa/client/history/database.ts'
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { makeIdentity } from '../../pwa/protocol/identity.ts'
import { enrol, startTestServer, type TestServer } from './person.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

describe('ensureIdentity', () => {
  test('makes no second identity for an account whose keys are gone', async () => {
    const { account, api, browser } = await enrol(server.origin)
    await browser.openTab(account)
    const published = async () => (await api.call('ownIdentity')).identity
    await expect.poll(published, PATIENCE).not.toBeNull()
    const before = await published()
    // Nothing is being written any more.
    await expect.poll(async () => (await api.call('prekeyStock')).stock, PATIENCE).toBe(100)
    browser.closeTabs()
    // All that is here: the server alone remembers.
    browser.storage.clear()
    await Promise.all(Object.values(browser.installPlaces).map((place) => place.remove(account.id)))
    await Dexie.delete(databaseName(account.id))

    const { open } = await browser.openTab(account)
    await expect.poll(() => open.vault.keys.value, PATIENCE).toEqual({ state: 'gone', canPutBack: false })
    expect(browser.storage.length).toBe(0)
    expect(await published()).toBe(before)
    browser.closeTabs()
  })
})

describe('replaceIdentity', () => {
  test('publishes what it has stored at the next start, if it was cut off before', async () => {
    const { account, api, browser } = await enrol(server.origin)
    const { open } = await browser.openTab(account)
    await expect.poll(async () => (await api.call('prekeyStock')).stock, PATIENCE).toBe(100)
    const before = (await api.call('ownIdentity')).identity
    browser.storage.clear()
    await open.vault.check()
    browser.rewrites = (request, body) => {
      if (request.includes('/api/identity')) throw new TypeError('no network')
      return body
    }
    await expect(replaceIdentity(open)).rejects.toThrow()
    expect((await api.call('ownIdentity')).identity).toBe(before)
    browser.closeTabs()
    browser.rewrites = (_, body) => body

    const after = await browser.openTab(account)
    const own = async () => toBase64url((await after.open.vault.identity())?.publicKey ?? new Uint8Array())
    const published = async () => (await api.call('prekeyStock')).identity
    await expect.poll(published, PATIENCE).toBe(await own())
    expect(await own()).not.toBe(before)
    await expect.poll(async () => (await api.call('prekeyStock')).stock, PATIENCE).toBe(100)
    browser.closeTabs()
  })

  test('is finished by no later start once another browser has published its own', async () => {
    const { account, api, browser } = await enrol(server.origin)
    const { open } = await browser.openTab(account)
    const published = async () => (await api.call('ownIdentity')).identity
    await expect.poll(published, PATIENCE).not.toBeNull()
    browser.storage.clear()
    await open.vault.check()
    await replaceIdentity(open)
    const theirs = toBase64url((await makeIdentity(open.tools)).publicKey)
    await api.call('publishIdentity', { body: { identity: theirs, replaces: await published() } })
    await ensureIdentity(open)
    expect(await published()).toBe(theirs)
    browser.closeTabs()
  })
})

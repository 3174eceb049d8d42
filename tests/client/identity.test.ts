import { Dexie } from 'dexie'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseName } from '../../pwa/client/history/database.ts'
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
    browser.storage.clear()
    await Dexie.delete(databaseName(account.id))

    const { open } = await browser.openTab(account)
    await expect.poll(() => open.vault.keys.value, PATIENCE).toEqual({ state: 'gone', canPutBack: false })
    expect(browser.storage.length).toBe(0)
    expect(await published()).toBe(before)
    browser.closeTabs()
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keepMessage } from '../../pwa/client/commands/send-message.ts'
import { Browser, enrol, readLines, startTestServer, write, type Person, type TestServer } from './person.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.stop())

beforeEach(async () => {
  anna = await enrol(server.origin)
  ben = await enrol(server.origin)
})

afterEach(() => {
  anna.browser.closeTabs()
  ben.browser.closeTabs()
})

const publishedIdentity = async ({ api }: Person): Promise<string | null> =>
  (await api.call('ownIdentity')).identity

describe('openAccount', () => {
  test('tells of a database that the browser closed', async () => {
    let lost = 0
    const { open } = await anna.browser.openTab(anna.account, () => (lost += 1))
    open.database.close({ disableAutoOpen: false })
    expect(lost).toBe(1)
  })

  test('tells nothing when it is closed in order', async () => {
    let lost = 0
    const door = await anna.browser.openTab(anna.account, () => (lost += 1))
    door.close()
    expect(lost).toBe(0)
  })

  test('publishes one identity, also from two tabs at once', async () => {
    const tabs = await Promise.all([anna.browser.openTab(anna.account), anna.browser.openTab(anna.account)])
    await expect.poll(() => publishedIdentity(anna), PATIENCE).not.toBeNull()
    const identities = await Promise.all(tabs.map((tab) => tab.open.vault.identity()))
    expect(identities[0]).toEqual(identities[1])
    const generated = anna.browser.records.filter(
      ({ operation, purpose }) => operation === 'generate-key' && purpose === 'identity',
    )
    expect(generated).toHaveLength(1)
  })

  test('publishes its identity later when the first try was cut', async () => {
    let lost = 0
    anna.browser.losesAnswer = (request) => request === 'GET /api/identity' && (lost += 1) === 1
    const { open } = await anna.browser.openTab(anna.account)
    await expect.poll(() => lost, PATIENCE).toBe(1)
    await expect.poll(() => open.vault.keys.value.state, PATIENCE).toBe('present')
    await expect.poll(() => publishedIdentity(anna), PATIENCE).not.toBeNull()
  })

  test('makes no identity in place of one that the server knows', async () => {
    await anna.browser.openTab(anna.account)
    await expect.poll(() => publishedIdentity(anna), PATIENCE).not.toBeNull()
    const published = await publishedIdentity(anna)
    anna.browser.closeTabs()
    anna.browser.storage.clear()
    const { open } = await anna.browser.openTab(anna.account)
    await open.database.journal.clear()
    await expect.poll(() => open.session.value, PATIENCE).toBe('active')
    await delay(300)
    expect(await publishedIdentity(anna)).toBe(published)
  })

  test('takes nothing of another account that signs in in this browser', async () => {
    const atBen = await ben.browser.openTab(ben.account)
    const carl = await enrol(server.origin)
    const atCarl = await carl.browser.openTab(carl.account)
    await write(atBen, carl.account, 'for Carl alone')
    await expect.poll(() => readLines(atCarl, ben.account), PATIENCE).toContain('them: for Carl alone')
    const atAnna = await anna.browser.openTab(anna.account)
    await expect.poll(() => atAnna.open.session.value, PATIENCE).toBe('active')
    anna.browser.isOffline = true
    anna.browser.takeCookiesOf(ben.browser)
    anna.browser.isOffline = false
    await expect.poll(() => atAnna.open.session.value, PATIENCE).toBe('expired')
    expect(await atAnna.open.database.conversations.count()).toBe(0)
    carl.browser.closeTabs()
  })

  test('asks ever less often when the server refuses every time', async () => {
    const atAnna = await anna.browser.openTab(anna.account)
    const atBen = await ben.browser.openTab(ben.account)
    await write(atAnna, ben.account, 'hello')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
    const before = anna.browser.requests.length
    anna.browser.rewrites = (_, body) => body.replaceAll('ciphertext', 'cypher')
    await write(atAnna, ben.account, 'refused')
    await delay(4_000)
    const appends = anna.browser.requests.slice(before).filter((request) => /POST .*\/entries/.test(request))
    expect(appends.length).toBeGreaterThan(1)
    expect(appends.length).toBeLessThan(20)
    anna.browser.rewrites = (_, body) => body
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: refused')
  })

  test('a message that could never be sealed does not hold up those behind it', async () => {
    const atAnna = await anna.browser.openTab(anna.account)
    const atBen = await ben.browser.openTab(ben.account)
    await write(atAnna, ben.account, '\u0001'.repeat(10_000))
    const most = keepMessage(atAnna.open, ben.account.id, '\u0001'.repeat(16 * 1024))
    await expect(most).rejects.toMatchObject({ code: 'message_too_long' })
    await write(atAnna, ben.account, 'behind it')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: behind it')
  })

  test('reports no fault when keys go in the middle of work: the vault tells of that', async () => {
    const atAnna = await anna.browser.openTab(anna.account)
    await expect.poll(() => atAnna.open.vault.keys.value.state, { timeout: 15_000 }).toBe('present')
    anna.browser.storage.clear()
    await atAnna.open.vault.check()
    expect(atAnna.open.vault.keys.value.state).toBe('gone')
    await atAnna.open.vault.storeSalt('exchange', 'keys', 'salt').catch(atAnna.open.noteFailure)
    expect(anna.browser.faults).toEqual([])
  })

  test('reads what came while the keys were gone, once they are put back', async () => {
    const atAnna = await anna.browser.openTab(anna.account)
    const atBen = await ben.browser.openTab(ben.account)
    await write(atAnna, ben.account, 'hello')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
    anna.browser.storage.clear()
    await expect.poll(() => atAnna.open.vault.keys.value.state, PATIENCE).toBe('gone')
    await write(atBen, anna.account, 'meanwhile')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('me: meanwhile (sent)')
    await delay(300)
    await atAnna.open.vault.putBack()
    await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain('them: meanwhile')
  })

  test('gives up the stream when it is closed while its session is over, for the next one to hold', async () => {
    const signedIn = new Browser(server.origin)
    signedIn.takeCookiesOf(anna.browser)
    anna.browser.takeCookiesOf(new Browser(server.origin))
    const ended = await anna.browser.openTab(anna.account)
    await expect.poll(() => ended.open.session.value, PATIENCE).toBe('expired')
    // Between two tries to connect.
    await delay(100)
    ended.close()
    anna.browser.takeCookiesOf(signedIn)
    const { open } = await anna.browser.openTab(anna.account)
    const connection = async () => open.database.meta.get('connection')
    await expect.poll(connection, PATIENCE).toMatchObject({ connection: 'connected' })
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrol, listSeals, readLines, startTestServer, write, type TestServer } from './person.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

describe('sealWaiting', () => {
  test('uses no IV twice when the browser is killed right after a message was sealed', async () => {
    const [anna, ben] = [await enrol(server.origin), await enrol(server.origin)]
    const atBen = await ben.browser.openTab(ben.account)
    const atAnna = await anna.browser.openTab(anna.account)
    await write(atAnna, ben.account, 'hello')
    await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain('them: hello')
    await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)

    const { records } = anna.browser
    records.push = (...added) => {
      if (added.some(({ operation }) => operation === 'seal')) anna.browser.closeTabs()
      return Array.prototype.push.apply(records, added)
    }
    await write(atAnna, ben.account, 'sealed, and never committed')
    await expect.poll(() => listSeals(records).length, PATIENCE).toBe(2)
    Reflect.deleteProperty(records, 'push')

    await anna.browser.openTab(anna.account)
    await expect
      .poll(() => readLines(atBen, anna.account), PATIENCE)
      .toContain('them: sealed, and never committed')
    const seals = listSeals(records)
    expect(seals.length).toBeGreaterThan(2)
    expect(new Set(seals).size).toBe(seals.length)
    for (const { browser } of [anna, ben]) browser.closeTabs()
  })
})

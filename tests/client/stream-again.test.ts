/** A live stream that nobody answers does not keep the tab from asking again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FaultProxy, isStream } from '../support/fault-proxy.ts'
import { enrol, readLines, startTestServer, write, type Person, type TestServer } from './person.ts'
import { closeBrowsers } from './two-people.ts'

/** A call is given up after 20 s. */
const AGAIN_WITHIN_MS = 35_000

let server: TestServer
let net: FaultProxy
let anna: Person
let ben: Person

beforeAll(async () => {
  server = await startTestServer()
  net = await FaultProxy.start(Number(new URL(server.origin).port))
  anna = await enrol(server.origin)
  ben = await enrol(server.origin, `http://127.0.0.1:${net.port}`)
})

afterAll(async () => {
  closeBrowsers(anna, ben)
  await net.stop()
  await server.stop()
})

describe('openStream', () => {
  test('is given up when no answer begins, and made again', async () => {
    let hangs = 0
    net.treat((call) => (isStream(call) && (hangs += 1) === 1 ? { kind: 'hang' } : { kind: 'pass' }))
    const bensTab = await ben.browser.openTab(ben.account)
    await expect.poll(() => hangs).toBe(1)
    await write(await anna.browser.openTab(anna.account), ben.account, 'hello')
    const kept = () => readLines(bensTab, anna.account)
    await expect.poll(kept, { timeout: AGAIN_WITHIN_MS }).toContain('them: hello')
  }, 60_000)
})

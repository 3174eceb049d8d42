/** What a server that is unwell keeps back is asked for again, though the live stream goes on. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { FaultProxy, isPull } from '../support/fault-proxy.ts'
import { enrol, readLines, startTestServer, write, type Person, type TestServer } from './person.ts'
import { closeBrowsers } from './two-people.ts'

/** Long before a stream that says nothing is given up, and after a second pull. */
const AGAIN_WITHIN_MS = 20_000

let server: TestServer
let net: FaultProxy
let anna: Person
let ben: Person
let annasTab: AccountDoor
let bensTab: AccountDoor

beforeAll(async () => {
  server = await startTestServer()
  net = await FaultProxy.start(Number(new URL(server.origin).port))
  anna = await enrol(server.origin)
  ben = await enrol(server.origin, `http://127.0.0.1:${net.port}`)
  annasTab = await anna.browser.openTab(anna.account)
  bensTab = await ben.browser.openTab(ben.account)
  await write(annasTab, ben.account, 'hello')
  const hasArrived = async () => (await readLines(bensTab, anna.account)).includes('them: hello')
  await vi.waitUntil(hasArrived, { timeout: 20_000, interval: 50 })
})

afterAll(async () => {
  closeBrowsers(anna, ben)
  await net.stop()
  await server.stop()
})

describe('pullAndTend', () => {
  test.each([429, 503])(
    'pulls again after a %i, though no event tells it to',
    async (status) => {
      net.swallowStreams()
      await write(annasTab, ben.account, `behind ${status}`)
      const sent = () => readLines(annasTab, ben.account)
      await expect.poll(sent).toContain(`me: behind ${status} (sent)`)
      const refusals = [status]
      net.treat((call) => {
        const refusal = isPull(call) ? refusals.shift() : undefined
        return refusal === undefined ? { kind: 'pass' } : { kind: 'answer', status: refusal }
      })
      bensTab.tender.pullAndTend(anna.account.id)
      const kept = () => readLines(bensTab, anna.account)
      await expect.poll(kept, { timeout: AGAIN_WITHIN_MS }).toContain(`them: behind ${status}`)
      expect(refusals).toEqual([])
    },
    40_000,
  )
})

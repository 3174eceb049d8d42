import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../server/test-server.ts'
import { findFreePort } from '../support/free-port.ts'
import { runFor } from '../support/run-for.ts'
import { ask } from './ask.ts'
import { chooseOrigin, type Site, startSite } from './site.ts'

const HEALTH_WITHIN_MS = 1_000
/** Of this machine, and not the address that attacks. */
const SOMEBODY_ELSE = '127.0.0.2'

let app: TestServer
let site: Site
beforeAll(async () => {
  const { httpsPort, origin } = await chooseOrigin()
  app = await startTestServer({ environment: { PUBLIC_ORIGIN: origin, TRUST_PROXY: '1' } })
  site = await startSite({ httpsPort, appServers: [`127.0.0.1:${app.port}`] })
})
afterAll(async () => {
  await site.stop()
  await app.remove()
})

interface Meanwhile {
  /** How long each answer about health took. */
  readonly healthMs: readonly number[]
  /** Of all answers. */
  readonly statuses: ReadonlySet<number>
}

/** Asks as somebody else, in turn and on one connection, until `attack` is over. */
async function askMeanwhile(attack: () => Promise<unknown>, of = site): Promise<Meanwhile> {
  const over = new AbortController()
  const connection = new Agent({ keepAlive: true, maxSockets: 1 })
  const as = { from: SOMEBODY_ELSE, connection }
  const healthMs: number[] = []
  const statuses = new Set([(await ask(of, '/', as)).status])
  const attacked = attack().finally(() => over.abort())
  // Looked at below, when the last answer is there.
  attacked.catch(() => undefined)
  while (!over.signal.aborted) {
    const startedAt = performance.now()
    statuses.add((await ask(of, '/healthz', as)).status)
    healthMs.push(performance.now() - startedAt)
    statuses.add((await ask(of, '/', as)).status)
    statuses.add((await ask(of, '/api/session', as)).status)
    await delay(500)
  }
  connection.destroy()
  await attacked
  return { healthMs, statuses }
}

function expectServed({ healthMs, statuses }: Meanwhile): void {
  expect([...statuses]).toEqual([200])
  expect(Math.max(...healthMs)).toBeLessThan(HEALTH_WITHIN_MS)
}

describe('five hundred connections', () => {
  test.each([
    ['whose heads never end', '/api/session', ['-H']],
    ['whose bodies never end', '/api/session', ['-B', '-t', 'POST', '-s', '100000']],
    ['that hardly read', '/sw.js', ['-X', '-w', '1', '-y', '512', '-n', '1', '-z', '5']],
  ])(
    '%s keep nobody waiting',
    async (_what, address, options) => {
      const port = await findFreePort()
      const script = fileURLToPath(new URL('carry.ts', import.meta.url))
      const args = [script, String(port), String(site.httpsPort), site.certificate.ca]
      const carrier = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      try {
        await once(carrier.stdout, 'data')
        const size = ['-c', '500', '-r', '100', '-l', '12', '-i', '2', '-v', '1']
        const where = ['-u', `http://127.0.0.1:${port}${address}`]
        let text = ''
        const attack = async (): Promise<void> => {
          text = (await runFor('slowhttptest', [...options, ...size, ...where])).text
        }
        expectServed(await askMeanwhile(attack))
        expect(text).toMatch(/connected:.*m +[1-9]\d\d/)
      } finally {
        carrier.kill()
      }
    },
    60_000,
  )
})

describe('a flood from one address', () => {
  test('is held back, and everybody else is served', async () => {
    const environment = { REQUESTS_PER_SECOND: '10', REQUESTS_AT_ONCE: '50' }
    const strict = await startSite({ appServers: [`127.0.0.1:${app.port}`], environment })
    const connection = new Agent({ keepAlive: true, maxSockets: 4 })
    const statuses: number[] = []
    const flood = async (): Promise<void> => {
      for (let request = 0; request < 60; request++)
        statuses.push((await ask(strict, '/api/session', { connection })).status)
    }
    try {
      const floods = (): Promise<unknown> => Promise.all(Array.from({ length: 4 }, flood))
      expectServed(await askMeanwhile(floods, strict))
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(50)
      expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(50)
    } finally {
      connection.destroy()
      await strict.stop()
    }
  }, 60_000)

  test('of bodies that are too large is refused before the app hears of it', async () => {
    const large = { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1) }
    const statuses = new Set<number>()
    const flood = async (): Promise<void> => {
      for (let request = 0; request < 10; request++)
        statuses.add((await ask(site, '/api/entries', large)).status)
    }
    expectServed(await askMeanwhile(flood))
    expect([...statuses]).toEqual([413])
    expect(app.lines.filter(({ method, route }) => method === 'POST' && route === 'unknown')).toEqual([])
  }, 60_000)
})

/** The deployment as visitors meet it, also when something of it ends without warning. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { expectInstallable } from '../e2e/installable.ts'
import type { Person } from '../e2e/person.ts'
import { compose, inspect, ORIGIN, PLAIN_ORIGIN, readAccessLog } from './deployment.ts'
import { openVisitors, type Visitors } from './visitors.ts'

const READY = { timeout: 60_000, interval: 500 }

let visitors: Visitors
// The story has Alice and Bob.
let carol: Person
let dave: Person
let isBroken = false

beforeAll(async () => {
  visitors = await openVisitors()
  carol = visitors.person('carol')
  dave = visitors.person('dave')
  await Promise.all([carol.openBrowser(), dave.openBrowser()])
})
beforeEach(() => {
  if (isBroken) throw new Error('the journey broke off in an earlier test')
})
afterEach(({ task }) => {
  isBroken ||= task.result?.state === 'fail'
})
afterAll(async () => {
  await Promise.allSettled([carol.closeBrowser(), dave.closeBrowser()])
  // Whatever a test has stopped, for the other files.
  await compose('up', '--detach', '--wait', '--pull=never', '--no-build')
  await visitors.remove()
})

/** Both ways, until each has seen the other's. */
async function exchange(text: string): Promise<void> {
  await carol.write('dave', `${text}, says Carol`)
  await dave.waitForText(`${text}, says Carol`)
  await dave.write('carol', `${text}, says Dave`)
  await carol.waitForText(`${text}, says Dave`)
}

/** Ends the main process of a container as a crash does, and waits until Docker has started it again. */
async function crash(service: string): Promise<void> {
  const before = await inspect(service)
  process.kill(before.State.Pid, 'SIGKILL')
  await vi.waitUntil(async () => {
    const { RestartCount, State } = await inspect(service)
    return RestartCount > before.RestartCount && State.Health?.Status === 'healthy'
  }, READY)
}

describe('the deployment', () => {
  test('sends visitors of plain HTTP to the site', async () => {
    const { host, port } = new URL(PLAIN_ORIGIN)
    // Not every system resolves the name by itself.
    const asking = request({ host: '127.0.0.1', port, headers: { host } }).end()
    const [answer] = (await once(asking, 'response')) as [IncomingMessage] // the arguments of Node's response event
    answer.resume()
    expect([answer.statusCode, answer.headers.location]).toEqual([301, `${ORIGIN}/`])
  })

  test('lets people register, find each other and write', async () => {
    await Promise.all([carol.register(), dave.register()])
    await carol.find('dave')
    await carol.write('dave', 'the first message')
    await dave.page.getByRole('link', { name: 'carol' }).click()
    await dave.waitForText('the first message')
    await carol.waitForState('the first message', 'Delivered')
    await exchange('hello')
  })

  test('registers the worker, and can be installed', async () => {
    await expectInstallable(carol)
  })

  test('uses both of its app processes', async () => {
    const lines = await readAccessLog()
    const ports = new Set(lines.map(({ app }) => app.split(':').at(-1)))
    for (const port of ['8101', '8102']) expect(ports).toContain(port)
  })

  test('shows in the log of nginx neither names nor ids', async () => {
    const text = await compose('logs', '--no-log-prefix', 'nginx')
    expect(text).toContain('"path":"/api/conversations"')
    expect(text).not.toMatch(/carol|dave/)
  })

  test('goes on when an app process crashes', async () => {
    await crash('app-1')
    await exchange('after an app process')
  })

  test('goes on when nginx crashes', async () => {
    await crash('nginx')
    await exchange('after nginx')
  })

  test('takes a renewed certificate without a stop', async () => {
    const { Pid } = (await inspect('nginx')).State
    const serial = await readSerial()
    await compose('run', '-T', '--rm', '--no-deps', '--env=FORCE=1', 'certificates')
    await vi.waitUntil(async () => (await readSerial()) !== serial, READY)
    expect((await inspect('nginx')).State.Pid).toBe(Pid)
    await exchange('under a new certificate')
  })

  test('is not needed to read and to write', async () => {
    await compose('stop', 'nginx')
    await carol.closeBrowser()
    await carol.openBrowser()
    await carol.openConversation('dave')
    await carol.waitForText('under a new certificate, says Dave')
    await carol.write('dave', 'written without a server')
    await carol.waitForState('written without a server', 'Queued')
    await compose('start', 'nginx')
    await dave.waitForText('written without a server')
  })

  test('met nothing against the content policy, and no exception', () => {
    for (const { profile } of [carol, dave]) {
      expect(profile.policyViolations).toEqual([])
      expect(profile.pageErrors).toEqual([])
    }
  })
})

/** The serial number of the certificate that a new visitor is shown. */
async function readSerial(): Promise<string> {
  const { hostname, port } = new URL(ORIGIN)
  const socket = connect({
    host: '127.0.0.1',
    port: Number(port),
    servername: hostname,
    rejectUnauthorized: false,
  })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

/** The main job through the deployment as it ships, and what its containers do when something ends without warning. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { expectInstallable } from '../e2e/installable.ts'
import { Person } from '../e2e/person.ts'
import { makeTrustingHome } from '../e2e/trusting-home.ts'
import { compose, inspect, ORIGIN, PLAIN_ORIGIN, readAccessLog } from './deployment.ts'

const READY = { timeout: 60_000, interval: 500 }

let folder: string
let alice: Person
let bob: Person
let isBroken = false

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-compose-'))
  const ca = path.join(folder, 'ca.pem')
  const home = path.join(folder, 'home')
  // As README.md says to fetch it.
  await writeFile(
    ca,
    await compose('run', '-T', '--rm', '--no-deps', 'certificates', 'cat', '/certs/ca/certificate.pem'),
  )
  await makeTrustingHome(home, ca)
  const person = (name: string): Person =>
    new Person({
      name,
      folder: path.join(folder, name),
      origin: ORIGIN,
      options: { environment: { HOME: home } },
    })
  alice = person('alice')
  bob = person('bob')
  await Promise.all([alice.openBrowser(), bob.openBrowser()])
})
beforeEach(() => {
  if (isBroken) throw new Error('the journey broke off in an earlier test')
})
afterEach(({ task }) => {
  isBroken ||= task.result?.state === 'fail'
})
afterAll(async () => {
  await Promise.allSettled([alice.closeBrowser(), bob.closeBrowser()])
  // Whatever a test has stopped, for the other files.
  await compose('up', '--detach', '--wait', '--pull=never', '--no-build')
  await rm(folder, { recursive: true, force: true })
})

/** Both ways, until each has seen the other's. */
async function exchange(text: string): Promise<void> {
  await alice.write('bob', `${text}, says alice`)
  await bob.waitForText(`${text}, says alice`)
  await bob.write('alice', `${text}, says bob`)
  await alice.waitForText(`${text}, says bob`)
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
    await Promise.all([alice.register(), bob.register()])
    await alice.find('bob')
    await alice.write('bob', 'the first message')
    await bob.page.getByRole('link', { name: 'alice' }).click()
    await bob.waitForText('the first message')
    await alice.waitForState('the first message', 'Delivered')
    await exchange('hello')
  })

  test('registers the worker, and can be installed', async () => {
    await expectInstallable(alice)
  })

  test('uses both of its app processes', async () => {
    const lines = await readAccessLog()
    const ports = new Set(lines.map(({ app }) => app.split(':').at(-1)))
    for (const port of ['8101', '8102']) expect(ports).toContain(port)
  })

  test('shows in the log of nginx neither names nor ids', async () => {
    const text = await compose('logs', '--no-log-prefix', 'nginx')
    expect(text).toContain('"path":"/api/conversations"')
    expect(text).not.toMatch(/alice|bob/)
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
    await alice.closeBrowser()
    await alice.openBrowser()
    await alice.openConversation('bob')
    await alice.waitForText('under a new certificate, says bob')
    await alice.write('bob', 'written without a server')
    await alice.waitForState('written without a server', 'Queued')
    await compose('start', 'nginx')
    await bob.waitForText('written without a server')
  })

  test('met nothing against the content policy, and no exception', () => {
    for (const { profile } of [alice, bob]) {
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

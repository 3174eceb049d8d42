/** Two people who have met: registered, in one conversation, with keys exchanged. Each has a network that a test can break. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { vi } from 'vitest'
import { AppProcess, type AppOptions } from '../support/app-process.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { findFreePort } from '../support/free-port.ts'
import { Person } from './person.ts'

export interface Pair {
  readonly app: AppProcess
  readonly database: TestDatabase
  readonly alice: Person
  readonly bob: Person
  /** What lies between each person and the server. */
  readonly aliceNet: FaultProxy
  readonly bobNet: FaultProxy
  remove(): Promise<void>
}

interface PairOptions {
  /** Prepares alice's browser and network before the app is opened in it. */
  readonly prepare?: (alice: Person, aliceNet: FaultProxy) => Promise<void>
  readonly environment?: AppOptions['environment']
  readonly hasMovableClock?: boolean
  readonly project?: AppOptions['project']
}

/** Both have the conversation open, and the first message has arrived. */
export async function meet(options: PairOptions = {}): Promise<Pair> {
  const pair = await makePair(options)
  const { alice, bob } = pair
  try {
    await alice.find('bob')
    await alice.write('bob', 'hello')
    await bob.page.getByRole('link', { name: 'alice' }).waitFor()
    await bob.openConversation('alice')
    await bob.waitForText('hello')
    await alice.waitForState('hello', 'Delivered')
    return pair
  } catch (error) {
    await pair.remove()
    throw error
  }
}

/** Both have an account and the app open, and know nothing of each other. */
export async function makePair(options: PairOptions = {}): Promise<Pair> {
  const { prepare, environment = {}, hasMovableClock = false, project } = options
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-pair-'))
  const database = await createDatabase('sqlite')
  const port = await findFreePort()
  const app = await AppProcess.start({
    dataDir: database.dataDir,
    port,
    environment,
    hasMovableClock,
    ...(project === undefined ? {} : { project }),
  })
  const [aliceNet, bobNet] = await Promise.all([FaultProxy.start(port), FaultProxy.start(port)])
  const { origin } = app
  const personBehind = (name: string, { port: proxyPort }: FaultProxy): Person =>
    new Person({
      name,
      folder: path.join(folder, name),
      origin,
      // The address stays the same for both: the server takes requests from its own origin only.
      options: { flags: [`--host-resolver-rules=MAP localhost:${port} 127.0.0.1:${proxyPort}`] },
    })
  const alice = personBehind('alice', aliceNet)
  const bob = personBehind('bob', bobNet)
  const pair: Pair = {
    app,
    database,
    alice,
    bob,
    aliceNet,
    bobNet,
    async remove() {
      await Promise.allSettled([alice.closeBrowser(), bob.closeBrowser()])
      await Promise.all([aliceNet.stop(), bobNet.stop()])
      await app.remove()
      await database.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all([alice.openBrowser(), bob.openBrowser()])
    if (prepare) await prepare(alice, aliceNet)
    await Promise.all([alice.register(), bob.register()])
    return pair
  } catch (error) {
    await pair.remove()
    throw error
  }
}

/** Both have put their stock of prekeys into the directory. */
export async function waitForPrekeys({ database }: Pair): Promise<void> {
  const isStocked = async () => (await database.query('select 1 from prekeys')).length === 2 * 100
  await vi.waitUntil(isStocked, { timeout: 20_000, interval: 100 })
}

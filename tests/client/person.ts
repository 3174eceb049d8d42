/** People with a browser each, against the real server. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createSiteStorage } from '../../pwa/environment/site-storage.ts'
import { stretch } from '../../pwa/environment/stretch.ts'
import { openAccount, type AccountDoor, type DoorParts } from '../../pwa/client/account-door.ts'
import { createApi, type Api } from '../../pwa/client/api/http.ts'
import type { TimelineItem } from '../../pwa/client/contract/conversation.ts'
import { keepMessage } from '../../pwa/client/commands/send-message.ts'
import type { BrowserEnvironment } from '../../pwa/client/environment.ts'
import { readTimeline } from '../../pwa/client/history/timeline.ts'
import { ensureConversation } from '../../pwa/client/sync/stream-loop.ts'
import type { CryptoRecord } from '../../pwa/protocol/crypto-log.ts'
import { readConfig } from '../../server/config.ts'
import { startServer } from '../../server/start-server.ts'
import type { Account } from '../../server/wire/account.ts'
import { findFreePort } from '../support/free-port.ts'
import { MemoryPlace } from '../support/memory-place.ts'
import { CHEAP_WORK, solveCaptcha } from '../support/solve-captcha.ts'
import { totpCode } from '../support/totp.ts'
import './account-databases.ts'
import { MemoryStorage } from './memory-storage.ts'
import { pathOf } from './path-of.ts'

/** The shortest that bcrypt takes: these tests are not about passwords. */
const BCRYPT_COST = 4

export interface TestServer {
  readonly origin: string
  /** Moves the server's clock ahead. */
  moveClock(byMs: number): void
  stop(): Promise<void>
}

/** The real server in this process, on a database and a folder of its own. */
export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-client-'))
  await writeFile(path.join(folder, 'index.html'), '<!doctype html>')
  const config = readConfig({
    PORT: String(await findFreePort()),
    DATA_DIR: path.join(folder, 'data'),
    HIBP_URL: 'off',
    ...CHEAP_WORK,
  })
  let aheadMs = 0
  const server = await startServer({
    config,
    clock: () => Date.now() + aheadMs,
    log: () => undefined,
    bcryptCost: BCRYPT_COST,
    appFolder: folder,
  })
  return {
    origin: config.publicOrigin,
    moveClock: (byMs) => {
      aheadMs += byMs
    },
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A browser of one account: cookies, localStorage, databases, and a network that a test can take away. */
export class Browser {
  readonly storage = new MemoryStorage()
  readonly installPlaces = { cookie: new MemoryPlace(), cache: new MemoryPlace() }
  /** Errors that the client did not expect. */
  readonly faults: unknown[] = []
  readonly records: CryptoRecord[] = []
  readonly #origin: string
  readonly #via: string
  readonly #cookies = new Map<string, string>()
  readonly #wakes = new Set<() => void>()
  readonly #tabs = new Set<AccountDoor>()
  readonly #requests = new Set<AbortController>()
  /** Paths and methods of all that left this browser. */
  readonly requests: string[] = []
  /** Names the requests whose answer gets lost after the server has done its work. */
  losesAnswer: (request: string) => boolean = () => false
  /** Names the requests that nobody answers. */
  swallows: (request: string) => boolean = () => false
  /** What somebody answers in place of the server; undefined: nobody does. */
  answers: (request: string) => unknown = () => undefined
  /** Changes a body on its way to the server. */
  rewrites: (request: string, body: string) => string = (_, body) => body
  #isOffline = false
  /** How far this device's clock is ahead of the real one. */
  clockAheadMs = 0

  /** `via`: where the requests go, when that is not the server itself. */
  constructor(origin: string, via = origin) {
    this.#origin = origin
    this.#via = via
  }

  /** Cuts what is open and lets nothing out until it is false again. */
  set isOffline(isOffline: boolean) {
    this.#isOffline = isOffline
    if (isOffline) for (const request of this.#requests) request.abort()
    else this.wake()
  }

  wake(): void {
    for (const wake of this.#wakes) wake()
  }

  /** Takes over another browser's cookies, as when somebody else signs in here. */
  takeCookiesOf(other: Browser): void {
    this.#cookies.clear()
    for (const [name, value] of other.#cookies) this.#cookies.set(name, value)
  }

  readonly fetch: typeof fetch = async (input, init) => {
    if (this.#isOffline) throw new TypeError('no network')
    const request = `${init?.method ?? 'GET'} ${pathOf(input)}`
    this.requests.push(request)
    const cut = new AbortController()
    this.#requests.add(cut)
    const headers = new Headers(init?.headers)
    headers.set('origin', this.#origin)
    headers.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const rewritten = typeof init?.body === 'string' ? { body: this.rewrites(request, init.body) } : {}
    const signal = init?.signal ? AbortSignal.any([init.signal, cut.signal]) : cut.signal
    if (this.swallows(request)) return untilAborted(signal)
    const forged = this.answers(request)
    if (forged !== undefined) return Response.json(forged)
    const response = await fetch(`${this.#via}${pathOf(input)}`, {
      ...init,
      headers,
      signal,
      ...rewritten,
    })
    for (const cookie of response.headers.getSetCookie()) this.#take(cookie)
    if (!this.losesAnswer(request)) return response
    await response.body?.cancel()
    throw new TypeError('the answer was lost')
  }

  #take(cookie: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
    if (name !== undefined && value !== undefined) this.#cookies.set(name, value)
  }

  #environment(): BrowserEnvironment {
    return {
      keyStorage: this.storage,
      installPlaces: this.installPlaces,
      onKeyStorageChange: () => () => undefined,
      isVisible: () => true,
      onWake: (listener) => {
        this.#wakes.add(listener)
        return () => this.#wakes.delete(listener)
      },
      logCrypto: (record) => this.records.push(record),
      reportFault: (error) => this.faults.push(error),
      siteStorage: createSiteStorage(undefined, ''),
      requestBackgroundDrain: () => undefined,
      stretch: (passphrase, by) => Promise.resolve(stretch(passphrase, by)),
    }
  }

  /** What a tab of this browser is made with. */
  parts(): DoorParts {
    return {
      environment: this.#environment(),
      api: createApi(this.fetch),
      crypto: globalThis.crypto,
      locks: navigator.locks,
      nowMs: () => Date.now() + this.clockAheadMs,
      monotonicMs: () => performance.now(),
    }
  }

  async openTab(account: Account, onDatabaseLost: () => void = () => undefined): Promise<AccountDoor> {
    const door = await openAccount(this.parts(), account, onDatabaseLost)
    this.#tabs.add(door)
    return door
  }

  closeTabs(): void {
    for (const tab of this.#tabs) tab.close()
    this.#tabs.clear()
  }
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new TypeError('nobody answered')))
  })

export interface Person {
  readonly account: Account
  readonly browser: Browser
  readonly api: Api
}

/** Registers an account as the screens do and signs it in. `via`: see `Browser`. */
export async function enrol(origin: string, via = origin): Promise<Person> {
  const browser = new Browser(origin, via)
  const api = createApi(browser.fetch)
  const username = `p${randomBytes(8).toString('hex')}`
  const password = randomBytes(16).toString('hex')
  const captcha = solveCaptcha(await api.call('beginCaptcha', { body: {} }))
  const { address } = await api.call('beginEnrolment', { body: { username, password, captcha } })
  await api.call('confirmEnrolment', { body: { code: totpCode(address, Date.now()) } })
  const { account } = await api.call('activateEnrolment', { body: {} })
  if (!account) throw new Error('the new account is not signed in')
  return { account, browser, api }
}

/** Opens a conversation with somebody and writes. */
export async function write(tab: AccountDoor, contact: Account, ...texts: readonly string[]): Promise<void> {
  await ensureConversation(tab.open, contact)
  for (const text of texts) await keepMessage(tab.open, contact.id, text)
  tab.tender.tend(contact.id)
}

/** The conversation as its screen shows it. */
export async function readItems({ open }: AccountDoor, contact: Account): Promise<readonly TimelineItem[]> {
  const reader = { database: open.database, self: open.account.id, heldExchanges: open.vault.heldExchanges() }
  return (await readTimeline(reader, contact.id, 1000)).items
}

/** One line for each item: `me: text (state)`, `them: text`, `notice`, `unreadable: reason`. */
export async function readLines(tab: AccountDoor, contact: Account): Promise<readonly string[]> {
  return (await readItems(tab, contact)).map((item) => {
    if (item.kind === 'notice') return item.notice
    if (item.kind === 'unreadable') return `unreadable: ${item.reason}`
    return item.isMine ? `me: ${item.text} (${item.state})` : `them: ${item.text}`
  })
}

/** The key and IV of every seal in a crypto log. */
export function listSeals(records: readonly CryptoRecord[]): readonly string[] {
  return records.filter((one) => one.operation === 'seal').map(({ key, iv }) => `${key} ${iv}`)
}

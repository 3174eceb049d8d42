/** Opens an account in this tab, keeps its loops going, and closes it again. */
import type { Account } from '../../server/wire/account.ts'
import { toBase64url } from '../protocol/bytes.ts'
import { webCrypto } from '../protocol/primitives.ts'
import { isForWantOfRoom } from './want-of-room.ts'
import { Refused, Unreachable, type Api } from './api/http.ts'
import { createServerClock } from './api/server-clock.ts'
import { ClientError } from './contract/client-error.ts'
import { startBackupLoop } from './backup/renew.ts'
import { ensureIdentity } from './commands/identity.ts'
import { stockPrekeys } from './commands/stock-prekeys.ts'
import type { BrowserEnvironment } from './environment.ts'
import { AccountDatabase } from './history/database.ts'
import { keepSecurityNews } from './history/security-news.ts'
import { openInstall } from './install/install.ts'
import { placesOf, whileOpen } from './install/places.ts'
import { createCell } from './live.ts'
import type { OpenAccount } from './open-account.ts'
import { createDrainLoop } from './sync/drain-loop.ts'
import { joinRun, verifyRun } from './sync/run.ts'
import { startStreamLoop } from './sync/stream-loop.ts'
import { createTender, type Tender } from './sync/tend.ts'
import { openVault } from './vault/vault.ts'

const VAULT_CHECK_MS = 1_000
const IDENTITY_RETRY_MS = 5_000

export interface DoorParts {
  readonly environment: BrowserEnvironment
  readonly api: Api
  readonly crypto: Crypto
  readonly locks: LockManager
  readonly nowMs: () => number
  readonly monotonicMs: () => number
}

export interface AccountDoor {
  readonly open: OpenAccount
  readonly tender: Tender
  /** Time to try again whatever waits for the network. */
  readonly wake: () => void
  readonly close: () => void
}

/**
 * Opens the database and the vault, and starts what runs by itself. `onDatabaseLost`: the database was closed under us.
 * `memory`: what this page still holds of the vault before that.
 */
export async function openAccount(
  parts: DoorParts,
  account: Account,
  onDatabaseLost: () => void,
  memory?: ReadonlyMap<string, string>,
): Promise<AccountDoor> {
  const database = new AccountDatabase(account.id)
  const closing = new AbortController()
  // Closing it ourselves tells the same event.
  database.on('close', () => {
    if (!closing.signal.aborted) onDatabaseLost()
  })
  try {
    return await openDoor(parts, { account, database, closing, memory })
  } catch (error) {
    closing.abort()
    database.close()
    throw error
  }
}

interface Opening {
  readonly account: Account
  readonly database: AccountDatabase
  readonly closing: AbortController
  readonly memory: ReadonlyMap<string, string> | undefined
}

async function openDoor(
  parts: DoorParts,
  { account, database, closing, memory }: Opening,
): Promise<AccountDoor> {
  const { environment, api } = parts
  await noteAccount(database, account)
  const vault = await openVault({
    account: account.id,
    storage: environment.keyStorage,
    database,
    nowMs: parts.nowMs,
    signal: closing.signal,
    memory,
  })
  const primitives = webCrypto(parts.crypto)
  const install = await openInstall({
    account: account.id,
    places: whileOpen(placesOf(environment), closing.signal),
    database,
    vault,
    isKnownToPage: memory !== undefined && memory.size > 0,
    newId: () => toBase64url(primitives.random(16)),
  })
  const session = createCell<'unknown' | 'active' | 'expired'>('unknown')
  const open: OpenAccount = {
    account,
    database,
    vault,
    install,
    api,
    environment,
    session,
    clock: createServerClock(parts.monotonicMs),
    tools: {
      primitives,
      log: (record) => environment.logCrypto(record),
    },
    locks: parts.locks,
    nowMs: parts.nowMs,
    keySets: new Map(),
    startHeads: new Map(),
    reread: new Set(),
    attempts: new Map(),
    draws: new Map(),
    refusals: new Map(),
    wakes: createCell(0),
    securityHints: createCell(0),
    isFull: createCell(false),
    hasJoinedRun: createCell(false),
    signal: closing.signal,
    drainSoon: () => drain.drainSoon(),
    noteFailure: (error) => noteFailure(error),
    restockSoon: (isDoubtful = false) => void stockPrekeys(open, isDoubtful).catch(noteFailure),
  }
  const tender = createTender(open)
  const drain = createDrainLoop(open, tender.pullAndTend)
  await joinRun(open).catch((error: unknown) => {
    // What is kept can be read; joined it will be before anything is sealed.
    if (!isForWantOfRoom(error)) throw error
    open.isFull.set(true)
  })
  const stream = startStreamLoop(open, tender)
  const backup = startBackupLoop(open)

  function noteFailure(error: unknown): void {
    if (error instanceof Refused && error.status === 401) session.set('expired')
    else if (isForWantOfRoom(error)) open.isFull.set(true)
    else if (!isExpected(error) && !closing.signal.aborted) environment.reportFault(error)
  }

  async function tendAll(): Promise<void> {
    for (const conversation of await database.conversations.toCollection().primaryKeys())
      tender.tend(conversation)
  }

  async function pullAll(): Promise<void> {
    for (const conversation of await database.conversations.toCollection().primaryKeys())
      tender.pullAndTend(conversation)
  }

  async function makeReady(): Promise<void> {
    try {
      await ensureIdentity(open)
      // Now, while the server can be asked: later, without it, keys would have to be refreshed.
      await verifyRun(open)
      await tendAll()
      open.restockSoon()
    } catch (error) {
      noteFailure(error)
      if (session.value === 'active' && !closing.signal.aborted)
        identityRetry = setTimeout(() => void makeReady(), IDENTITY_RETRY_MS)
    }
  }

  async function hearSecurityNews(): Promise<void> {
    await keepSecurityNews(database, (await api.call('securityEvents')).events)
  }

  let identityRetry: ReturnType<typeof setTimeout> | undefined
  let wereKeysGone = false
  /** Keys that are found gone are not used from memory either; once that is settled, reading goes on. */
  const stopVault = vault.keys.subscribe(({ state }) => {
    if (state === 'gone') open.keySets.clear()
    else if (wereKeysGone) pullAll().catch(noteFailure)
    wereKeysGone = state === 'gone'
  })
  const stopInstall = install.watch(open)
  const stopSession = session.subscribe((state) => {
    clearTimeout(identityRetry)
    if (state !== 'active') return
    void makeReady()
    backup.renewSoon()
    hearSecurityNews().catch(noteFailure)
    drain.drainSoon()
  })
  const stopHints = open.securityHints.subscribe((count) => {
    if (count > 0) hearSecurityNews().catch(noteFailure)
  })
  const checkVault = (): void => void vault.check().catch(noteFailure)
  const checking = setInterval(checkVault, VAULT_CHECK_MS)
  const stopStorage = environment.onKeyStorageChange(checkVault)
  const stopWake = environment.onWake(() => wake())

  function wake(): void {
    open.wakes.set(open.wakes.value + 1)
    open.isFull.set(false)
    checkVault()
    stream.wake()
    drain.doubt()
    drain.drainSoon()
  }

  void tendAll().catch(noteFailure)
  drain.drainSoon()
  return {
    open,
    tender,
    wake,
    close() {
      clearInterval(checking)
      clearTimeout(identityRetry)
      for (const stop of [stopVault, stopInstall, stopSession, stopHints, stopStorage, stopWake]) stop()
      closing.abort()
      database.close()
    },
  }
}

/**
 * A server that refuses or is not there, and work that was broken off, belong to every day. Keys that go in the middle of
 * work are told by the vault.
 */
const isExpected = (error: unknown): boolean =>
  error instanceof Refused ||
  error instanceof Unreachable ||
  (error instanceof ClientError && error.code === 'keys_gone') ||
  (error instanceof Error && ['AbortError', 'DatabaseClosedError'].includes(error.name))

async function noteAccount(database: AccountDatabase, { id, username }: Account): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    const row = await database.meta.get('account')
    const known = row?.name === 'account' ? row : null
    if (known?.username === username) return
    await database.meta.put({ notedIdentity: null, ...known, name: 'account', id, username })
  })
}

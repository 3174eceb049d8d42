/** Who is signed in on this browser, and the account that is open in this tab. */
import type { Account, Session } from '../../server/wire/account.ts'
import { openAccount, type AccountDoor, type DoorParts } from './account-door.ts'
import { ClientError } from './contract/client-error.ts'
import type { Status, Who } from './contract/status.ts'
import type { Erasure } from './contract/storage-care.ts'
import { createSessionEnd } from './end-session.ts'
import { eraseAccount, finishErasing, whileNobodyErases } from './erase.ts'
import { AccountDatabase, listDatabaseAccounts } from './history/database.ts'
import { createCell, liveFromQuery, type Cell } from './live.ts'
import { namesUnder, prefixOf } from './item-names.ts'
import {
  clearMarker,
  isEndPending,
  markerText,
  noteEndPending,
  noteErasing,
  readErasing,
  readMarker,
  writeMarker,
  type Marker,
} from './marker.ts'
import type { OpenAccount } from './open-account.ts'
import { isForWantOfRoom } from './want-of-room.ts'

/** A database that has not opened after this long is said to be stuck; it may still open. */
const OPENS_WITHIN_MS = 5_000
/** After this long without an answer, the session is left to end by itself. */
const END_MOST_MS = 5_000
const CLEARING_PAUSES_MS = [50, 200, 500, 1_000, 3_000]

export interface EntranceParts extends DoorParts {
  /** Tells the other tabs of this browser, and hears from them, that somebody signed in or out. */
  readonly tabs: { tell(): void; onTold(listener: () => void): void }
}

interface Entering {
  /** What this page still holds of the vault. */
  readonly memory?: ReadonlyMap<string, string>
  readonly isStillSo?: () => boolean
}

export interface Entrance {
  /** Null while nobody is signed in here. */
  readonly door: Cell<AccountDoor | null>
  readonly status: Cell<Status>
  /** Somebody signed in: opens that account, with the keys and history it has here. */
  readonly welcome: (session: Session) => Promise<void>
  /** Closes the account in this browser at once, and tells the server as soon as it can be reached. */
  readonly signOut: () => Promise<void>
  /** Signs out and takes everything of the account out of this browser. `status` tells what came of it. */
  readonly signOutAndErase: () => Promise<void>
  /** A sign-out that the server has not heard of comes before anything else. */
  readonly endPending: (signal?: AbortSignal) => Promise<void>
  /** Asks the server whether the session goes on. */
  readonly checkSession: () => Promise<void>
}

/** Begins to find out who is signed in, and keeps `status` true from then on. */
export function createEntrance(parts: EntranceParts): Entrance {
  const { api, environment, tabs } = parts
  const storage = environment.keyStorage
  const door = createCell<AccountDoor | null>(null)
  const status = createCell<Status>({
    who: { state: 'starting' },
    storage: 'ready',
    connection: 'connecting',
    keys: { state: 'unknown' },
    loss: 'none',
    outboxCount: 0,
    mustChangePassword: false,
  })
  /** When the session ends if nobody does anything, by this device's clock. */
  let sessionEndsAt: number | null = null
  /** The marker as this tab last looked at it, or wrote it. */
  let seenMarker: string | null = null
  let stopWatching = (): void => undefined
  const endPending = createSessionEnd(api, storage)
  let lastTurn: Promise<unknown> = Promise.resolve()

  const patch = (change: Partial<Status>): void => status.set({ ...status.value, ...change })

  function mark(value: Marker): void {
    writeMarker(storage, value)
    seenMarker = markerText(storage)
  }

  /** One account is opened or closed at a time, whoever asks: this tab, another one, or the browser that lost the database. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(work, work)
    lastTurn = turn.catch(() => undefined)
    return turn
  }

  async function findOut(): Promise<void> {
    const seen = (seenMarker = markerText(storage))
    const marker = readMarker(storage)
    if (marker?.isSignedOut || isEndPending(storage) || readErasing(storage) !== null) {
      endPending().catch(() => undefined) // it is tried again before the next sign-in
      return showSignedOut()
    }
    const account = marker?.account ?? (await askServer()) ?? (await onlyAccountHere())
    if (!account) return showSignedOut()
    const isStillSo = () => markerText(storage) === seen
    if (!(await enter(account, { isStillSo }))) return findOut()
    // What another tab has taken away meanwhile does not come back.
    if (!marker) mark({ account, isSignedOut: false, isEndPending: false })
  }

  /**
   * With localStorage and the session gone, the account is known from its database. One that still has keys was left where it is
   * when another one was erased, and waits for its sign-in.
   */
  async function onlyAccountHere(): Promise<Account | null> {
    const [id, ...others] = await listDatabaseAccounts()
    if (id === undefined || others.length > 0 || namesUnder(storage, prefixOf(id)).length > 0) return null
    const database = new AccountDatabase(id)
    const row = await database.meta.get('account').finally(() => database.close())
    return row?.name === 'account' ? { id, username: row.username } : null
  }

  async function askServer(): Promise<Account | null> {
    const session = await api.call('session').catch(() => null)
    return session?.account ?? null
  }

  /** False: what led here is not so any more, once no tab erases. */
  async function enter(
    account: Account,
    { memory, isStillSo = () => true }: Entering = {},
  ): Promise<boolean> {
    if (door.value?.open.account.id === account.id) return true
    leave()
    const onDatabaseLost = (): void =>
      void inTurn(() => reenter(account)).then(checkSession, (error: unknown) =>
        environment.reportFault(error),
      )
    const opened = await sayWhenStuck(() =>
      whileNobodyErases(parts.locks, async () =>
        isStillSo() ? openAccount(parts, account, onDatabaseLost, memory) : null,
      ),
    )
    if (!opened) return false
    door.set(opened)
    stopWatching = watch(opened.open)
    return true
  }

  async function sayWhenStuck<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => patch({ storage: 'stuck' }), OPENS_WITHIN_MS)
    try {
      const done = await work()
      patch({ storage: 'ready' })
      return done
    } catch (error) {
      patch({ storage: isForWantOfRoom(error) ? 'full' : 'unusable' })
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** The browser closed the database under us (storage cleared, or corrupt): begin again with what is there. */
  async function reenter(account: Account): Promise<void> {
    if (door.value?.open.account.id !== account.id) return
    // Another tab erases this browser: what is opened now would be left over.
    const isStillSo = () => readErasing(storage) !== account.id
    if (!isStillSo()) return showSignedOut()
    const memory = door.value.open.vault.memory()
    leave()
    if (!(await enterPatiently(account, { memory, isStillSo }))) showSignedOut()
  }

  /** While the browser still clears, what is opened closes again. */
  async function enterPatiently(account: Account, entering: Entering): Promise<boolean> {
    for (const pauseMs of CLEARING_PAUSES_MS) {
      try {
        return await enter(account, entering)
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
    return enter(account, entering)
  }

  function leave(): void {
    stopWatching()
    door.value?.close()
    door.set(null)
  }

  function watch(open: OpenAccount): () => void {
    const { account, database } = open
    const stops = [
      open.session.subscribe((state) => patch({ who: whoOf(account, state) })),
      open.vault.keys.subscribe((keys) => patch({ keys })),
      open.install.loss.subscribe((loss) => patch({ loss })),
      open.isFull.subscribe((isFull) => patch({ storage: isFull ? 'full' : 'ready' })),
      liveFromQuery(() => database.meta.get('connection'), open).subscribe((row) =>
        patch({ connection: row?.name === 'connection' ? row.connection : 'connecting' }),
      ),
      liveFromQuery(() => countUnsent(database), open).subscribe((outboxCount) => patch({ outboxCount })),
    ]
    return () => stops.forEach((stop) => stop())
  }

  function showSignedOut(erasure: Erasure | null = null): void {
    leave()
    const lastUsername = readMarker(storage)?.account.username ?? null
    const { who } = status.value
    // What became of an erasure stays on the screen.
    if (who.state === 'signed-out' && who.lastUsername === lastUsername && !erasure) return
    patch({
      who: { state: 'signed-out', lastUsername, erasure },
      keys: { state: 'unknown' },
      loss: 'none',
      outboxCount: 0,
      mustChangePassword: false,
    })
  }

  async function checkSession(): Promise<void> {
    const open = door.value?.open
    const session = open && (await api.call('session').catch(() => null))
    if (!session) return
    patch({ mustChangePassword: session.mustChangePassword })
    open.session.set(session.account?.id === open.account.id ? 'active' : 'expired')
  }

  async function welcome({ account, mustChangePassword }: Session): Promise<void> {
    if (!account) throw new ClientError('unreachable')
    await inTurn(() => enter(account))
    patch({ mustChangePassword })
    mark({ account, isSignedOut: false, isEndPending: false })
    door.value?.open.session.set('active')
    door.value?.wake()
    tabs.tell()
  }

  async function signOut(): Promise<void> {
    const account = door.value?.open.account
    if (account) mark({ account, isSignedOut: true, isEndPending: true })
    await inTurn(async () => showSignedOut())
    tabs.tell()
    await endPending().catch(() => undefined) // the marker keeps it for the next time
  }

  async function signOutAndErase(): Promise<void> {
    const account = door.value?.open.account
    if (!account) return
    // The other tabs find this when they are told, and close the account, too.
    clearMarker(storage)
    noteErasing(storage, account.id)
    noteEndPending(storage)
    await inTurn(async () => leave())
    tabs.tell()
    const [isErased, isSessionOver] = await Promise.all([
      inTurn(() => eraseAccount(parts, account.id)),
      endPending(AbortSignal.timeout(END_MOST_MS)).then(
        () => true,
        () => false,
      ),
    ])
    showSignedOut({ username: account.username, isHeldOpen: !isErased, isSessionOver, sessionEndsAt })
    tabs.tell()
  }

  /** An account that cannot be opened (the browser refuses its storage) leaves the sign-in screen, which says why. */
  const inTurnOrOut = (work: () => Promise<void>): void =>
    void inTurn(work).then(checkSession, (error: unknown) => {
      environment.reportFault(error)
      showSignedOut()
    })
  const findOutInTurn = (): void => inTurnOrOut(findOut)

  api.onSession(({ endsAt, now }) => {
    sessionEndsAt = endsAt === null ? null : parts.nowMs() + endsAt - now
  })
  tabs.onTold(findOutInTurn)
  // What another tab has told may come before what it has written can be read here.
  environment.onKeyStorageChange(() => {
    const marker = markerText(storage)
    if (marker !== null && marker !== seenMarker) findOutInTurn()
  })
  // An answer that crossed a sign-in says "expired" of the session before it; the next look puts that right.
  environment.onWake(() => {
    if (door.value?.open.session.value === 'expired') void checkSession()
  })
  inTurnOrOut(async () => {
    await finishErasing(parts)
    await findOut()
  })
  return { door, status, welcome, signOut, signOutAndErase, endPending, checkSession }
}

function whoOf(account: Account, session: 'unknown' | 'active' | 'expired'): Who {
  if (session === 'active') return { state: 'signed-in', account }
  return { state: session === 'expired' ? 'expired' : 'unreachable', account }
}

const countUnsent = (database: AccountDatabase): Promise<number> =>
  database.outbox.filter((row) => row.storedSeq === null && row.kind === 'message').count()

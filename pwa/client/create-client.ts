/** The client that the screens talk to: who is signed in, the account that is open, and the commands on it. */
import type { Account, SecondFactor, Session } from '../../server/wire/account.ts'
import { openAccount, type AccountDoor, type DoorParts } from './account-door.ts'
import { Refused } from './api/http.ts'
import { ClientError, type Client, type Live, type Status, type Timeline, type Who } from './client.ts'
import { replaceIdentity } from './commands/identity.ts'
import { noteKeysLost } from './commands/note-keys-lost.ts'
import { keepMessage } from './commands/send-message.ts'
import { readConversationView } from './history/conversation-view.ts'
import { AccountDatabase, PENDING_POSITION, listDatabaseAccounts } from './history/database.ts'
import { readSummaries, readTimeline } from './history/timeline.ts'
import { createCell, liveFromQuery, switchLive } from './live.ts'
import { readMarker, writeMarker } from './marker.ts'
import type { OpenAccount } from './open-account.ts'
import { refreshKeySet } from './sync/seal-waiting.ts'
import { ensureConversation } from './sync/stream-loop.ts'

const ACTIVITY_EVERY_MS = 60_000

export interface ClientParts extends DoorParts {
  /** Tells the other tabs of this browser, and hears from them, that somebody signed in or out. */
  readonly tabs: { tell(): void; onTold(listener: () => void): void }
}

const emptyTimeline: Timeline = { items: [], hasOlder: false }

/** Makes the client and begins to find out who is signed in. */
export function createClient(parts: ClientParts): Client {
  const { api, environment, nowMs, tabs } = parts
  const storage = environment.keyStorage
  const door = createCell<AccountDoor | null>(null)
  const status = createCell<Status>({
    who: { state: 'starting' },
    connection: 'connecting',
    keys: { state: 'unknown' },
    outboxCount: 0,
  })
  let stopWatching = (): void => undefined
  let lastActivityMs = 0

  const patch = (change: Partial<Status>): void => status.set({ ...status.value, ...change })

  async function start(): Promise<void> {
    const marker = readMarker(storage)
    if (marker?.isSignedOut) return showSignedOut()
    const account = marker?.account ?? (await onlyAccountHere()) ?? (await askServer())
    if (!account) return showSignedOut()
    await enter(account)
    await checkSession()
  }

  /** With localStorage gone, the account is known from its database. */
  async function onlyAccountHere(): Promise<Account | null> {
    const [id, ...others] = await listDatabaseAccounts()
    if (id === undefined || others.length > 0) return null
    const database = new AccountDatabase(id)
    const row = await database.meta.get('account').finally(() => database.close())
    return row?.name === 'account' ? { id, username: row.username } : null
  }

  async function askServer(): Promise<Account | null> {
    const session = await api.call('session').catch(() => null)
    return session?.account ?? null
  }

  async function enter(account: Account, memory?: ReadonlyMap<string, string>): Promise<void> {
    if (door.value?.open.account.id === account.id) return
    leave()
    const opened = await openAccount(parts, account, () => void reenter(account), memory)
    door.set(opened)
    stopWatching = watch(opened.open)
    writeMarker(storage, { account, isSignedOut: false, isEndPending: false })
  }

  /** The browser closed the database under us (storage cleared, or corrupt): begin again with what is there. */
  async function reenter(account: Account): Promise<void> {
    const memory = door.value?.open.vault.memory()
    leave()
    await enter(account, memory)
    await checkSession()
  }

  function leave(): void {
    stopWatching()
    door.value?.close()
    door.set(null)
  }

  /** Keeps `status` true for as long as the account is open. */
  function watch(open: OpenAccount): () => void {
    const { account, database } = open
    const stops = [
      open.session.subscribe((state) => patch({ who: whoOf(account, state) })),
      open.vault.keys.subscribe((keys) => patch({ keys })),
      liveFromQuery(() => database.meta.get('connection')).subscribe((row) =>
        patch({ connection: row?.name === 'connection' ? row.connection : 'connecting' }),
      ),
      liveFromQuery(() => countUnsent(database)).subscribe((outboxCount) => patch({ outboxCount })),
    ]
    return () => stops.forEach((stop) => stop())
  }

  function showSignedOut(): void {
    leave()
    const lastUsername = readMarker(storage)?.account.username ?? null
    patch({ who: { state: 'signed-out', lastUsername }, keys: { state: 'unknown' }, outboxCount: 0 })
  }

  async function checkSession(): Promise<void> {
    const open = door.value?.open
    if (!open) return
    const session = await api.call('session').catch(() => null)
    if (!session) return
    open.session.set(session.account?.id === open.account.id ? 'active' : 'expired')
  }

  /** Somebody signed in: opens that account, with the keys and history it has here. */
  async function welcome({ account }: Session): Promise<void> {
    if (!account) throw new ClientError('unreachable')
    environment.requestPersistence()
    await enter(account)
    writeMarker(storage, { account, isSignedOut: false, isEndPending: false })
    door.value?.open.session.set('active')
    door.value?.wake()
    tabs.tell()
  }

  /** A sign-out that the server has not heard of comes before anything else. */
  async function endPending(): Promise<void> {
    const marker = readMarker(storage)
    if (!marker?.isSignedOut || !marker.isEndPending) return
    await endSession()
    writeMarker(storage, { ...marker, isEndPending: false })
  }

  async function endSession(): Promise<void> {
    await api.call('endSession', { body: {} }).catch((error: unknown) => {
      if (!(error instanceof Refused) || error.status !== 401) throw error
    })
  }

  function inside(): AccountDoor {
    const opened = door.value
    if (!opened) throw new ClientError('refused', 'not_signed_in')
    return opened
  }

  const whenOpen = <T>(ifClosed: T, choose: (open: OpenAccount) => Promise<T>): Live<T> =>
    switchLive(door, (opened) => {
      if (!opened) return createCell(ifClosed)
      const { open } = opened
      return switchLive(open.vault.keys, () => liveFromQuery(() => choose(open)))
    })

  const readerOf = (open: OpenAccount) => ({
    database: open.database,
    self: open.account.id,
    heldExchanges: open.vault.heldExchanges(),
  })

  tabs.onTold(() => void asErrors(readMarker(storage)?.isSignedOut ? async () => showSignedOut() : start))
  start().catch(showSignedOut)

  return {
    status,
    conversations: whenOpen([], (open) => readSummaries(readerOf(open))),
    conversation: (contact) =>
      whenOpen(null, (open) => readConversationView(open.database, contact, open.vault.heldExchanges())),
    timeline: (contact, limit) =>
      whenOpen(emptyTimeline, (open) => readTimeline(readerOf(open), contact, limit)),

    beginEnrolment: (username, password) =>
      asErrors(async () => {
        await endPending()
        return api.call('beginEnrolment', { body: { username, password } })
      }),
    confirmEnrolment: (code) =>
      asErrors(async () => (await api.call('confirmEnrolment', { body: { code } })).codes),
    activateEnrolment: () => asErrors(async () => welcome(await api.call('activateEnrolment', { body: {} }))),
    logIn: (username: string, password: string, second: SecondFactor) =>
      asErrors(async () => {
        await endPending()
        await welcome(await api.call('login', { body: { username, password, second } }))
      }),
    async logOut() {
      const account = door.value?.open.account
      if (account) writeMarker(storage, { account, isSignedOut: true, isEndPending: true })
      showSignedOut()
      tabs.tell()
      await endPending().catch(() => undefined) // the marker keeps it for the next time
    },

    startConversation: (username) =>
      asErrors(async () => {
        const { open } = inside()
        const found = await api.call('findAccount', { params: { username } }).catch((error: unknown) => {
          if (error instanceof Refused && error.code === 'account_not_found') return null
          throw error
        })
        if (!found) return null
        await ensureConversation(open, found)
        return { id: found.id, username: found.username }
      }),
    sendMessage: (contact, text) =>
      asErrors(async () => {
        const { open, tender } = inside()
        await keepMessage(open, contact, text)
        tender.tend(contact)
      }),
    refreshKeys: (contact) => asErrors(() => refreshKeySet(inside().open, contact)),
    sendHeld: (contact) =>
      asErrors(async () => {
        const { open, tender } = inside()
        await open.database.conversations.update(contact, { heldUpTo: null })
        tender.tend(contact)
      }),
    markRead: (contact) =>
      asErrors(async () => {
        const { database } = inside().open
        await database.transaction('rw', [database.messages, database.conversations], async () => {
          const seen = await database.messages
            .where('[conversation+position]')
            .between([contact, 0], [contact, PENDING_POSITION])
            .last()
          const row = await database.conversations.get(contact)
          if (!seen || !row || seen.position <= row.readPosition) return
          await database.conversations.update(contact, { readPosition: seen.position })
        })
      }),

    putKeysBack: () => asErrors(() => inside().open.vault.putBack()),
    goOnWithoutKeys: () =>
      asErrors(async () => {
        const { open, wake } = inside()
        await replaceIdentity(open)
        await noteKeysLost(open)
        wake()
      }),
    retry: () => {
      door.value?.wake()
      void checkSession()
    },
    reportActivity: () => {
      const open = door.value?.open
      if (open?.session.value !== 'active' || nowMs() - lastActivityMs < ACTIVITY_EVERY_MS) return
      lastActivityMs = nowMs()
      api
        .call('reportActivity', { body: { active: true } })
        .catch((error: unknown) => open.noteFailure(error))
    },
  }
}

function whoOf(account: Account, session: 'unknown' | 'active' | 'expired'): Who {
  if (session === 'active') return { state: 'signed-in', account }
  return { state: session === 'expired' ? 'expired' : 'unreachable', account }
}

const countUnsent = (database: AccountDatabase): Promise<number> =>
  database.outbox.filter((row) => row.storedSeq === null && row.kind === 'message').count()

/** What a command may throw, in the words that the screens know. */
async function asErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ClientError) throw error
    if (error instanceof Refused) throw new ClientError('refused', error.code, { cause: error })
    if (error instanceof Error && error.name === 'Unreachable')
      throw new ClientError('unreachable', null, { cause: error })
    throw new ClientError('storage_failed', null, { cause: error })
  }
}

/**
 * The live stream, held by one tab for all. Its events are hints: whatever is lost is pulled. Other tabs see what it learns
 * through the database.
 */
import type { Conversation, LogPage } from '../../../server/wire/log.ts'
import type { StreamEvent } from '../../../server/wire/stream.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { emptyLog } from '../../protocol/log-state.ts'
import { readEvents } from '../api/event-stream.ts'
import { Refused } from '../api/http.ts'
import type { ConnectionRow } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { leadInTurn } from './lead.ts'
import { reportApplied } from './pull.ts'
import { receivePage } from './receive-page.ts'
import type { Tender } from './tend.ts'

const FIRST_PAUSE_MS = 500
const MOST_PAUSE_MS = 8_000

/** Holds the stream whenever this tab is the one to hold it, until the account is closed. `wake` ends a pause early. */
export function startStreamLoop(open: OpenAccount, tender: Tender): { wake: () => void } {
  let endPause = (): void => undefined

  async function hold(signal: AbortSignal): Promise<void> {
    const leader = toBase64url(open.tools.primitives.random(16))
    await noteLeader(open, leader).catch(open.noteFailure)
    signal.addEventListener('abort', () => {
      endPause()
      // Only a tab that was frozen loses the lead.
      if (!open.signal.aborted) open.wakes.set(open.wakes.value + 1)
    })
    let pauseMs = FIRST_PAUSE_MS
    while (!signal.aborted) {
      const heardHello = await followOnce({ open, tender, leader, signal }).catch(open.noteFailure)
      if (heardHello) pauseMs = FIRST_PAUSE_MS
      if (signal.aborted) return
      await setConnection(open, leader, { connection: 'offline', online: {} }).catch(open.noteFailure)
      await pause(pauseMs * (0.5 + Math.random() / 2))
      pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)
      await untilSignedIn(open, signal)
    }
  }

  function pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs)
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const { locks, environment, account, signal } = open
  const name = `letterlock-${account.id}-stream`
  leadInTurn({ locks, name, isVisible: () => environment.isVisible(), signal }, hold).catch(open.noteFailure)
  return { wake: () => endPause() }
}

interface Following {
  readonly open: OpenAccount
  readonly tender: Tender
  /** Names the time that this tab leads. */
  readonly leader: string
  readonly signal: AbortSignal
}

/** Follows one connection until it ends. Returns whether it was a working one. */
async function followOnce(following: Following): Promise<boolean> {
  const { open, leader, signal } = following
  await setConnection(open, leader, { connection: 'connecting', online: {} })
  const attempt = new AbortController()
  const close = () => attempt.abort()
  signal.addEventListener('abort', close)
  let heardHello = false
  try {
    if (!(await isOurSession(open, attempt.signal))) return false
    const hearTime = open.clock.ask()
    const body = await open.api.openStream(attempt.signal)
    for await (const event of readEvents(body)) {
      if (event.type === 'hello') hearTime(event.now)
      heardHello ||= event.type === 'hello'
      if (event.type === 'ended') {
        // The session may go on under a new value: another tab stepped up.
        await isOurSession(open, attempt.signal)
        break
      }
      await applyEvent(following, event)
    }
  } catch (error) {
    if (error instanceof Refused && error.status === 401) open.session.set('expired')
    else if (error instanceof Refused) open.noteFailure(error)
  } finally {
    close()
    signal.removeEventListener('abort', close)
  }
  return heardHello
}

/** Somebody else may have signed in in this browser; their conversations are none of this account's. */
async function isOurSession(open: OpenAccount, signal: AbortSignal): Promise<boolean> {
  const { account } = await open.api.call('session', { signal })
  if (account?.id === open.account.id) return true
  open.session.set('expired')
  return false
}

async function applyEvent(following: Following, event: StreamEvent): Promise<void> {
  const { open, tender } = following
  switch (event.type) {
    case 'hello':
      return greet(following, event.conversations)
    case 'page':
      return applyPage(open, tender, event.page)
    case 'applied':
      await open.database.conversations.update(event.contact, { contactApplied: event.seq })
      return
    case 'online':
      await setOnline(open, event.contact, event.isOnline)
      return tender.tend(event.contact)
    case 'security':
      open.securityHints.set(open.securityHints.value + 1)
      return
    case 'ended':
  }
}

async function greet(
  { open, tender, leader }: Following,
  conversations: readonly Conversation[],
): Promise<void> {
  open.session.set('active')
  const nowMs = open.nowMs()
  const online = conversations.filter((one) => one.isContactOnline).map((one) => [one.contact.id, nowMs])
  await setConnection(open, leader, { connection: 'connected', online: Object.fromEntries(online) })
  for (const { contact, contactApplied } of conversations) {
    await ensureConversation(open, contact)
    await open.database.conversations.update(contact.id, { contactApplied })
  }
  const known = await open.database.conversations.toCollection().primaryKeys()
  for (const conversation of known) tender.pullAndTend(conversation)
  open.drainSoon()
}

async function applyPage(open: OpenAccount, tender: Tender, page: LogPage): Promise<void> {
  const received = (await open.database.logs.get(page.contact)) ? await receivePage(open, page) : 'discarded'
  const isWhole = received === 'applied' && page.after + page.entries.length >= page.head
  if (received === 'discarded') await ensureKnown(open, page.contact)
  if (!isWhole) return tender.pullAndTend(page.contact)
  await reportApplied(open, page.contact)
  tender.tend(page.contact)
}

/** A page of a conversation that somebody else began: learn who it is. */
async function ensureKnown(open: OpenAccount, contact: number): Promise<void> {
  if (await open.database.conversations.get(contact)) return
  const { id, username } = await open.api.call('account', { params: { contact } })
  await ensureConversation(open, { id, username })
}

/** Makes the rows of a conversation if there are none. */
export async function ensureConversation(
  open: OpenAccount,
  contact: { id: number; username: string },
): Promise<void> {
  const { database, account, tools } = open
  const self = account.id
  const state = await emptyLog(tools, Math.min(self, contact.id), Math.max(self, contact.id))
  await database.transaction('rw', [database.conversations, database.logs], async () => {
    if (!(await database.conversations.get(contact.id)))
      await database.conversations.put({
        conversation: contact.id,
        username: contact.username,
        contactApplied: 0,
        readPosition: 0,
        heldUpTo: null,
      })
    if (!(await database.logs.get(contact.id)))
      await database.logs.put({ conversation: contact.id, state, sealing: null, announced: null })
  })
}

async function noteLeader({ database }: OpenAccount, leader: string): Promise<void> {
  await database.meta.put({ name: 'leader', leader })
}

/** A tab that was frozen and lost the lead may notice late: what it knows of the connection is of another time. */
async function setConnection(
  { database }: OpenAccount,
  leader: string,
  row: Omit<ConnectionRow, 'name'>,
): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    const now = await database.meta.get('leader')
    if (now?.name === 'leader' && now.leader === leader)
      await database.meta.put({ name: 'connection', ...row })
  })
}

async function setOnline(open: OpenAccount, contact: number, isOnline: boolean): Promise<void> {
  const { database } = open
  await database.transaction('rw', database.meta, async () => {
    const row = await database.meta.get('connection')
    if (row?.name !== 'connection') return
    const { [contact]: since, ...others } = row.online
    const online = isOnline ? { ...others, [contact]: since ?? open.nowMs() } : others
    await database.meta.put({ ...row, online })
  })
}

function untilSignedIn(open: OpenAccount, signal: AbortSignal): Promise<void> {
  // Nobody would hear of an abort that is over: the lead would be held for ever.
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    let stop = (): void => undefined
    const settle = () => {
      stop()
      resolve()
    }
    signal.addEventListener('abort', settle)
    stop = open.session.subscribe((state) => {
      if (state !== 'expired') queueMicrotask(settle)
    })
  })
}

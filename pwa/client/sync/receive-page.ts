/** Applies a page of a log: opens its entries outside any transaction, then writes all of it in one. */
import type { Entry, LogPage } from '../../../server/wire/log.ts'
import type { Position } from '../../protocol/log-state.ts'
import { currentExchange } from '../../protocol/order.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { noteUsedElsewhere, raiseCounter } from '../history/counters.ts'
import {
  pendingMessages,
  type AccountDatabase,
  type HashRow,
  type LogRow,
  type MessageRow,
  type SealRecord,
} from '../history/database.ts'
import { hideRepeated, withOwnIds } from '../history/repeated.ts'
import { endOutdatedVerification } from '../history/verification.ts'
import { withdrawFrom } from '../history/withdraw.ts'
import type { OpenAccount } from '../open-account.ts'
import { endOutdatedShare, noteAnswered, noteAsk, type ReceivedAsk } from '../sharing/note-ask.ts'
import { takeShares, type ReceivedShare } from '../sharing/place-pieces.ts'
import { isWrittenElsewhere } from './elsewhere.ts'
import { isSealingAhead } from './key-sets.ts'
import { readEntry } from './read-entry.ts'
import type { KnownRecord } from './reading.ts'

/**
 * `applied`: the cursor moved, or there was nothing to move it. `discarded`: the page does not start at the cursor, does not
 * follow the log as it was read before, or another tab was faster: pull again. `broken`: the entries contradict each other.
 * `paused`: keys were cleared that the person may still put back; what is read without them would stay unreadable.
 */
export type Received = 'applied' | 'discarded' | 'broken' | 'paused'

/** What reading a page gives, before it is written. */
export interface ReadPage {
  readonly log: LogRow
  readonly lines: MessageRow[]
  readonly hashes: HashRow[]
  readonly ownSeals: SealRecord[]
  readonly decidedIds: string[]
  /** Entry ids of ours that stand in the log as sealed earlier: what was sealed after them is sealed again. */
  readonly otherSeals: string[]
  /** Entries of this account that this browser knows nothing of. */
  readonly foreignIds: string[]
  /** The key sets that they use and begin. */
  readonly foreignKeySets: string[]
  readonly asks: ReceivedAsk[]
  readonly shares: ReceivedShare[]
}

export async function receivePage(open: OpenAccount, page: LogPage): Promise<Received> {
  const before = await open.database.logs.get(page.contact)
  if (!before || before.state.seq !== page.after) return 'discarded'
  if (!open.startHeads.has(page.contact)) open.startHeads.set(page.contact, page.head)
  if (page.entries.length === 0) return 'applied'
  if (isPaused(open)) return 'paused'
  try {
    const read = await readPage(open, page, before)
    return isPaused(open) ? 'paused' : await writePage(open, page, read)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    await noteBroken(open, page.contact)
    return 'broken'
  }
}

/** Leaves one line where a log cannot be read on: its entries contradict each other, or it ends before our cursor. */
export async function noteBroken(
  { account, database, nowMs }: OpenAccount,
  conversation: number,
): Promise<void> {
  const log = await database.logs.get(conversation)
  if (!log) return
  const id = `${conversation}/broken/${log.state.seq}`
  if (await database.messages.get(id)) return
  await database.messages.put({
    id,
    conversation,
    position: log.state.seq + 0.75,
    kind: 'notice',
    sender: account.id,
    at: nowMs(),
    text: 'log-differs',
    seal: null,
  })
}

function isPaused({ vault }: OpenAccount): boolean {
  const keys = vault.keys.value
  return keys.state === 'gone' && keys.canPutBack
}

/** Reads the entries of a page that follows `before`. Throws ProtocolError when it does not follow. */
export async function readPage(open: OpenAccount, page: LogPage, before: LogRow): Promise<ReadPage> {
  const { database } = open
  const conversation = page.contact
  const read: ReadPage = {
    log: before,
    lines: [],
    hashes: [],
    ownSeals: [],
    decidedIds: [],
    otherSeals: [],
    foreignIds: [],
    foreignKeySets: [],
    asks: [],
    shares: [],
  }
  let log = before
  const hashAt = async (seq: number): Promise<string | null> =>
    read.hashes.find((row) => row.seq === seq)?.hash ??
    (await database.hashes.get([conversation, seq]))?.hash ??
    null
  if (before.state.seq === 0) read.hashes.push({ conversation, seq: 0, hash: before.state.hash })
  for (const entry of page.entries) {
    const known = await recordOf(open, conversation, entry, read.lines)
    const reading = await readEntry({ open, conversation, entry, known, hashAt }, log)
    const position = positionSince(log, reading.log, open.account.id)
    log = reading.log
    read.lines.push(...reading.lines)
    read.hashes.push({ conversation, seq: entry.seq, hash: log.state.hash })
    if (entry.sender === open.account.id) read.decidedIds.push(entry.id)
    if (isWrittenElsewhere({ open, entry, known })) {
      read.foreignIds.push(entry.id)
      if (position) read.foreignKeySets.push(position.keys)
    }
    if (reading.ownSeal) read.ownSeals.push(reading.ownSeal)
    if (reading.isOtherSeal) read.otherSeals.push(entry.id)
    if (reading.ask) read.asks.push(reading.ask)
    if (reading.share) read.shares.push(reading.share)
  }
  return { ...read, log }
}

/** Where an account stands since it has moved; null when it did not. */
function positionSince(before: LogRow, after: LogRow, account: number): Position | null {
  const position = after.state.positions[account] ?? null
  return position === before.state.positions[account] ? null : position
}

/** `lines`: what stands before the entry on the same page. Of an entry of the contact a row is known when it is read again. */
async function recordOf(
  { account, database }: OpenAccount,
  conversation: number,
  entry: Entry,
  lines: readonly MessageRow[],
): Promise<KnownRecord> {
  const isOwn = entry.sender === account.id
  const message = lines.find(({ id }) => id === entry.id) ?? (await database.messages.get(entry.id))
  const outbox = isOwn ? await database.outbox.get(entry.id) : undefined
  const isKnown =
    message?.conversation === conversation &&
    message.kind !== 'unreadable' &&
    message.isShared !== true &&
    (isOwn || message.position === entry.seq)
  const isRefreshed = (await database.messages.get(`${entry.id}/keys-changed`))?.conversation === conversation
  return {
    message: isKnown ? message : undefined,
    outbox: outbox?.conversation === conversation ? outbox : undefined,
    isShown: isRefreshed || (isKnown && message.position === entry.seq),
  }
}

function writePage({ account, database }: OpenAccount, page: LogPage, read: ReadPage): Promise<Received> {
  const { messages, outbox, logs, conversations, counters, hashes, meta } = database
  return database.transaction(
    'rw',
    [messages, outbox, logs, conversations, counters, hashes, meta],
    async (): Promise<Received> => {
      const conversation = page.contact
      const now = await logs.get(conversation)
      if (now?.state.seq !== page.after) return 'discarded'
      await logs.put(keepNewerSealing(now, read.log, account.id))
      await hashes.bulkPut(read.hashes)
      for (const id of read.otherSeals) await withdrawFrom(database, conversation, id)
      await messages.bulkPut(await withOwnIds(database, read.lines))
      await hideRepeated(database, read.lines)
      await takeShares(database, conversation, read.shares)
      for (const ask of read.asks) await noteAsk(database, conversation, ask)
      for (const share of read.shares) await noteAnswered(database, conversation, share)
      await outbox
        .where('id')
        .anyOf(read.decidedIds)
        .and((row) => row.conversation === conversation)
        .delete()
      for (const { keys, iv, n } of read.ownSeals) await raiseCounter(database, conversation, keys, { iv, n })
      if (read.foreignIds.length > 0) await noteOtherBrowser(database)
      for (const keys of read.foreignKeySets) await noteUsedElsewhere(database, conversation, keys)
      const isCodeChanged = read.lines.some(
        ({ kind, text, sender }) =>
          kind === 'notice' && text === 'security-code-changed' && sender !== account.id,
      )
      if (isCodeChanged) await holdPending(database, conversation)
      const shown = read.log.state.identities[conversation] ?? null
      await endOutdatedVerification(database, conversation, shown)
      await endOutdatedShare(database, conversation, shown)
      return 'applied'
    },
  )
}

/**
 * Another browser of this account writes too, perhaps a copy of this one with the same keys: from now on this run seals only
 * under key sets that it has begun itself.
 */
async function noteOtherBrowser({ meta }: AccountDatabase): Promise<void> {
  const run = await meta.get('run')
  if (run?.name === 'run') await meta.put({ ...run, state: 'unknown' })
}

/**
 * A refresh or a prekey envelope committed here while the page was read counts, as long as its exchange is still the one to
 * seal under.
 */
export function keepNewerSealing(now: LogRow, read: LogRow, self: number): LogRow {
  const isReplaced = currentExchange(read.state, self)?.state === 'established'
  if (!isReplaced && isSealingAhead(now, read.state))
    return { ...read, sealing: now.sealing, announced: now.announced }
  const isNewer =
    now.sealing !== null &&
    read.sealing?.exchange === now.sealing.exchange &&
    now.sealing.epoch >= read.sealing.epoch
  return isNewer ? { ...read, sealing: now.sealing } : read
}

/** Messages that nobody has received yet wait for the person to see that the security code changed. */
export async function holdPending(database: AccountDatabase, conversation: number): Promise<void> {
  const pending = (await pendingMessages(database, conversation)).filter((row) => row.kind === 'text')
  const last = pending.at(-1)
  const row = await database.conversations.get(conversation)
  if (!last || !row) return
  const heldUpTo = Math.max(row.heldUpTo ?? 0, last.position)
  await database.conversations.update(conversation, { heldUpTo })
}

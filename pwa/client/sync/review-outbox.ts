/** Looks over a conversation's outbox after the log was read to its head: what became useless is taken back. */
import { currentExchange } from '../../protocol/order.ts'
import {
  outboxOf,
  type AccountDatabase,
  type LogRow,
  type OutboxRow,
  type SealingKeys,
} from '../history/database.ts'
import { withdraw } from '../history/withdraw.ts'
import { withLock, type OpenAccount } from '../open-account.ts'
import { drainLock } from './drain-outbox.ts'
import { queuedPrekey } from './key-sets.ts'
import { restOfPause } from './pause.ts'
import { readsToHead } from './pull.ts'
import { refreshKeySet } from './seal-waiting.ts'

const FIRST_PAUSE_MS = 500
const MOST_PAUSE_MS = 5 * 60_000

/**
 * Takes back, from the first useless row on, what was not stored: envelopes under an exchange that is no longer current, a
 * refresh whose number is taken, offers and answers that came too late, a prekey envelope that a two-way exchange made
 * needless, and what the server refused. Messages wait again and are sealed anew under the same entry ids, ever less often
 * when the server refuses them every time. Returns after how many milliseconds it is worth looking again, or null.
 */
export async function reviewOutbox(open: OpenAccount, conversation: number): Promise<number | null> {
  const pauseMs = pauseAfterRefusal(open, conversation)
  const isRefused = await withLock(open, drainLock(conversation), async () => {
    if (!(await hasUseless(open, conversation, pauseMs > 0))) return false
    // What was sent may be stored although the answer was lost: only the log, read to its head while nothing is being sent, shows
    // that it is not. Taken back without that, a refresh would leave two key sets of one epoch, and the contact reads only one.
    return (await readsToHead(open, conversation)) && takeBackUseless(open, conversation, pauseMs > 0)
  })
  if (isRefused) await refreshKeySet(open, conversation).catch(() => undefined)
  return pauseMs > 0 ? pauseMs : null
}

/** Milliseconds until a refused row may be sealed anew; 0: at once. */
function pauseAfterRefusal(open: OpenAccount, conversation: number): number {
  const last = open.refusals.get(conversation)
  if (!last) return 0
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (last.count - 1), MOST_PAUSE_MS)
  return restOfPause(last.atMs, pauseMs, open.nowMs())
}

/** Refusals count on while they follow each other; one that comes long after the last is a new beginning. */
function noteRefusal(open: OpenAccount, conversation: number): void {
  const last = open.refusals.get(conversation)
  const atMs = open.nowMs()
  const isFollowing = last !== undefined && atMs - last.atMs < 2 * MOST_PAUSE_MS
  open.refusals.set(conversation, { count: isFollowing ? last.count + 1 : 1, atMs })
}

/** Returns whether the server refused an IV or a key set under the exchange that is still current: then keys are refreshed. */
async function takeBackUseless(
  open: OpenAccount,
  conversation: number,
  areRefusedLeft: boolean,
): Promise<boolean> {
  const useless = await takeBack(open, conversation, areRefusedLeft)
  if (useless.some((row) => row.refused !== null)) noteRefusal(open, conversation)
  const log = await open.database.logs.get(conversation)
  const current = log && currentExchange(log.state, open.account.id)?.exchange
  return useless.some((row) => row.refused !== null && row.exchange === current)
}

async function hasUseless(
  open: OpenAccount,
  conversation: number,
  areRefusedLeft: boolean,
): Promise<boolean> {
  const log = await open.database.logs.get(conversation)
  const rows = await outboxOf(open.database, conversation)
  const judging = log && judgingOf(open, { log, rows, areRefusedLeft })
  return judging !== undefined && rows.some((row) => row.storedSeq === null && isUseless(row, judging))
}

function takeBack(
  open: OpenAccount,
  conversation: number,
  areRefusedLeft: boolean,
): Promise<readonly OutboxRow[]> {
  const { database } = open
  const { messages, outbox, counters, logs } = database
  return database.transaction('rw', [messages, outbox, counters, logs], async () => {
    const log = await logs.get(conversation)
    const rows = await outboxOf(database, conversation)
    const unsent = rows.filter((row) => row.storedSeq === null)
    const judging = log && judgingOf(open, { log, rows, areRefusedLeft })
    const first = judging ? unsent.findIndex((row) => isUseless(row, judging)) : -1
    if (!log || first === -1) return []
    return takeBackFrom(database, { log, unsent, first })
  })
}

/** Takes back the unsent rows from number `first` on. Call it inside a transaction over messages, outbox, counters and logs. */
export async function takeBackFrom(
  database: AccountDatabase,
  { log, unsent, first }: { log: LogRow; unsent: readonly OutboxRow[]; first: number },
): Promise<readonly OutboxRow[]> {
  const taken = unsent.slice(first)
  await withdraw(database, taken)
  if (taken.some((row) => row.next !== null || row.kind === 'prekey'))
    await database.logs.update(log.conversation, {
      sealing: lastNext(unsent.slice(0, first)) ?? log.announced,
    })
  return taken
}

/** The key set that the last refresh still queued begins. */
const lastNext = (rows: readonly OutboxRow[]): SealingKeys | null =>
  rows.findLast((row) => row.next !== null)?.next ?? null

interface Judging {
  readonly log: LogRow
  readonly nowMs: number
  /** Refused rows stay for now. */
  readonly areRefusedLeft: boolean
  /** The exchange to seal under; with a prekey envelope on its way, that one. */
  readonly exchange: string | undefined
  /** The two of us have keys in common, so that no prekey is needed. */
  readonly isTwoWay: boolean
}

function judgingOf(
  { account, vault, nowMs }: OpenAccount,
  { log, rows, areRefusedLeft }: { log: LogRow; rows: readonly OutboxRow[]; areRefusedLeft: boolean },
): Judging {
  const current = currentExchange(log.state, account.id)
  const isHeld = current !== null && vault.sealableExchanges().has(current.exchange)
  const exchange = isHeld ? current.exchange : (queuedPrekey(rows)?.exchange ?? current?.exchange)
  const isTwoWay = isHeld && current.state === 'established'
  return { log, nowMs: nowMs(), areRefusedLeft, exchange, isTwoWay }
}

function isUseless(row: OutboxRow, { log, nowMs, areRefusedLeft, exchange, isTwoWay }: Judging): boolean {
  if (row.refused !== null && !areRefusedLeft) return true
  if (row.kind === 'prekey' && isTwoWay) return true
  if (row.notAfter !== null) return nowMs > row.notAfter
  if (row.exchange !== exchange) return true
  return row.next !== null && row.next.epoch <= (log.announced?.epoch ?? 0)
}

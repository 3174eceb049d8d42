/**
 * Repairs what one side lost. A client that cannot open entries of the other side reports their exchanges, each once; the
 * other side sends again what was not known to have arrived (protocol, section 4).
 */
import { Dexie } from 'dexie'
import { LOST_MOST } from '../../protocol/content.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { identityIn, mayReportLost } from '../../protocol/lost.ts'
import type { LogState, LostReport } from '../../protocol/log-state.ts'
import { usableSeq } from '../../protocol/order.ts'
import { PENDING_POSITION, type LogRow, type MessageRow } from '../history/database.ts'
import { endOfPending } from '../history/end-of-pending.ts'
import type { OpenAccount } from '../open-account.ts'
import { newEntryId } from './seal-waiting.ts'

/** Leaves a report for the other side where one is owed; it is sealed before anything else. */
export async function reportLost(open: OpenAccount, conversation: number): Promise<void> {
  const { account, database, vault } = open
  const identity = await vault.identity()
  if (!identity) return
  const held = vault.heldExchanges()
  const own = toBase64url(identity.publicKey)
  const { messages, logs, conversations } = database
  await database.transaction('rw', [messages, logs, conversations], async () => {
    const log = await logs.get(conversation)
    const reported = (await conversations.get(conversation))?.reported ?? []
    if (!log) return
    const isOwed = (exchange: string): boolean =>
      !held.has(exchange) &&
      !reported.includes(exchange) &&
      mayReport(log.state, { by: account.id, identity: own, exchange })
    const owed = (log.unopened ?? []).filter(isOwed).slice(0, LOST_MOST)
    if (owed.length === 0) return
    await conversations.update(conversation, { reported: [...reported, ...owed] })
    await messages.add({
      ...(await endOfPending(database, { conversation, sender: account.id })),
      id: newEntryId(open),
      kind: 'lost',
      at: open.nowMs(),
      text: JSON.stringify(owed),
    })
  })
}

/** An identity that the log has not shown yet will be shown by the exchange that the report is sealed under. */
function mayReport(state: LogState, report: { by: number; identity: string; exchange: string }): boolean {
  const isShown = state.exchanges.some((one) => identityIn(one, report.by) === report.identity)
  return !isShown || mayReportLost(state, report)
}

/**
 * Puts a copy of each own message that the other side cannot have opened to the end of the conversation, once for each of
 * its identities: to be sealed by itself, or after one tap when the identity is another one.
 */
export async function sendAgain(open: OpenAccount, conversation: number): Promise<void> {
  const { database } = open
  const { messages, logs, conversations } = database
  await database.transaction('rw', [messages, logs, conversations], async () => {
    const log = await logs.get(conversation)
    const before = (await conversations.get(conversation))?.repaired ?? []
    if (!log) return
    const repaired = new Set(before)
    for (const report of log.state.lost) {
      if (report.by !== conversation || repaired.has(nameOf(report))) continue
      await copyUnconfirmed(open, log.state, report)
      if (isBehindUs(open, log, report)) repaired.add(nameOf(report))
    }
    if (repaired.size > before.length) await conversations.update(conversation, { repaired: [...repaired] })
  })
}

const nameOf = ({ exchange, identity }: LostReport): string => `${exchange}/${identity}`

/** We have gone on to a later exchange, so nothing under the lost one can still land in the log. */
function isBehindUs({ account }: OpenAccount, { state }: LogRow, { exchange }: LostReport): boolean {
  const record = state.exchanges.find((one) => one.exchange === exchange)
  const position = state.positions[account.id] ?? null
  return record !== undefined && position !== null && position.exchangeSeq > usableSeq(record)
}

async function copyUnconfirmed(
  open: OpenAccount,
  state: LogState,
  { by: conversation, exchange, identity, confirmedSeq }: LostReport,
): Promise<void> {
  const { account, database } = open
  const rows = await rowsFrom(open, conversation, confirmedSeq)
  const copied = new Set(rows.flatMap((row) => (row.againFor === identity ? [row.again] : [])))
  const isLost = (row: MessageRow): boolean =>
    row.kind === 'text' &&
    row.sender === account.id &&
    row.again === undefined &&
    row.seal?.exchange === exchange &&
    row.position < PENDING_POSITION
  let last: number | null = null
  for (const row of rows.filter((one) => isLost(one) && !copied.has(one.id))) {
    const end = await endOfPending(database, { conversation, sender: account.id })
    last = end.position
    const { at, text, id: again } = row
    await database.messages.add({
      ...end,
      id: newEntryId(open),
      kind: 'text',
      at,
      text,
      again,
      againFor: identity,
    })
  }
  const record = state.exchanges.find((one) => one.exchange === exchange)
  const isSameIdentity = record !== undefined && identityIn(record, conversation) === identity
  if (last !== null && !isSameIdentity) await database.conversations.update(conversation, { heldUpTo: last })
}

const rowsFrom = ({ database }: OpenAccount, conversation: number, after: number): Promise<MessageRow[]> =>
  database.messages
    .where('[conversation+position]')
    .between([conversation, after], [conversation, Dexie.maxKey], false)
    .toArray()

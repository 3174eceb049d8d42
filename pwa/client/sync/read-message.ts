/** Reads a message: checks it in the order of the protocol, opens it, and says what it tells about missing ones. */
import type { MessageEnvelope } from '../../../server/wire/envelope.ts'
import { fromBase64url, ivNumber } from '../../protocol/bytes.ts'
import type { Content, LostContent } from '../../protocol/content.ts'
import { openMessage, verifyMessage, type StoredMessage } from '../../protocol/envelope.ts'
import { checkCount, checkLogReference, noteContent } from '../../protocol/gaps.ts'
import type { ExchangeRecord, LogState } from '../../protocol/log-state.ts'
import { identityIn, noteLost } from '../../protocol/lost.ts'
import { findUsable, usableSeq } from '../../protocol/order.ts'
import { acceptPosition } from '../../protocol/positions.ts'
import type { NoticeKind } from '../contract/conversation.ts'
import type { LogRow, MessageRow } from '../history/database.ts'
import { settled, writeRange } from '../sharing/row-texts.ts'
import { alarmsOfCopy, originOf } from './elsewhere.ts'
import { findKeySet, withoutUnusableKeys } from './key-sets.ts'
import { lineOf, noticeLine, plain, unreadable, type Context, type Reading } from './reading.ts'

export async function readMessage(
  context: Context,
  log: LogRow,
  envelope: MessageEnvelope,
): Promise<Reading> {
  const { open, entry, known } = context
  const record = findUsable(log.state, envelope.exchange, entry.sender)
  if (!record) return unreadable(context, log, 'no_exchange')
  const keySet = await findKeySet(open, log.state, envelope.exchange, envelope.keys)
  if (!keySet) return unreadable(context, log, 'no_keys', envelope.exchange)
  const iv = ivNumber(fromBase64url(envelope.IV))
  const message = {
    keySet,
    envelope,
    entryId: entry.id,
    sender: entry.sender,
    self: open.account.id,
    recipient: entry.sender === log.state.lower ? log.state.higher : log.state.lower,
  }
  if (!(await verifyMessage(open.tools, message)))
    return unreadable(context, log, (await isPlayedBack(context, message)) ? 'played_back' : 'mac')
  const position = { exchangeSeq: usableSeq(record), epoch: keySet.epoch, iv, keys: keySet.id }
  const state = acceptPosition(log.state, entry.sender, position)
  if (typeof state === 'string') return unreadable(context, log, state)
  const accepted: LogRow = { ...log, state }
  if (known.message && known.outbox?.envelope === entry.envelope)
    return plain(
      accepted,
      [{ ...settled(known.message), position: entry.seq, at: entry.acceptedAt }],
      known.message.seal,
    )
  const content = await openMessage(open.tools, message)
  if ('unreadable' in content) return unreadable(context, accepted, content.unreadable)
  const seal = { exchange: envelope.exchange, keys: envelope.keys, iv, n: content.n }
  const faults = await faultsOf(context, accepted.state, { keys: keySet.id, content })
  const alarms = await alarmsOfCopy(context, record)
  const origin = await originOf(context)
  const reported = content.kind === 'lost' ? noteReport(state, entry.sender, envelope, content) : state
  const noted = noteContent(reported, entry.sender, { keys: keySet.id, n: content.n, log: content.log })
  const isOwn = entry.sender === open.account.id
  return {
    log: withoutUnusableKeys({ ...log, state: noted }, open.account.id),
    lines: [...faults, ...alarms, ...linesOfContent({ ...lineOf(context), ...origin, seal }, content)],
    ownSeal: isOwn ? seal : null,
    isOtherSeal: isOwn && known.message !== undefined,
    ...sharingIn(context, record, content),
  }
}

/** What a content says about sharing the history, with what the log knows of its entry. */
function sharingIn(
  { entry }: Context,
  record: ExchangeRecord,
  content: Content,
): Pick<Reading, 'ask' | 'share'> {
  const { id, seq, sender, acceptedAt } = entry
  if (content.kind === 'share') return { share: { sender, seq, content } }
  const identity = identityIn(record, sender)
  if (content.kind !== 'ask' || identity === null) return {}
  return { ask: { id, seq, sender, acceptedAt, identity, from: content.from, to: content.to } }
}

const noteReport = (
  state: LogState,
  by: number,
  { exchange: under }: MessageEnvelope,
  { exchanges }: LostContent,
): LogState => noteLost(state, { by, under, exchanges })

function linesOfContent(line: Omit<MessageRow, 'kind' | 'text'>, content: Content): MessageRow[] {
  switch (content.kind) {
    case 'text': {
      const again = content.again === undefined ? {} : { again: content.again }
      return [{ ...line, kind: 'text', text: content.body, ...again }]
    }
    case 'unknown':
      return [{ ...line, kind: 'unknown', text: content.json }]
    case 'lost':
      return [{ ...line, kind: 'lost', text: JSON.stringify(content.exchanges) }]
    case 'ask':
      return [{ ...line, kind: 'ask', text: writeRange(content) }]
    case 'share':
      return [{ ...line, kind: 'share', text: content.ask }]
  }
}

/** What a message of the other side says about the log that this browser sees otherwise. */
async function faultsOf(
  context: Context,
  state: LogState,
  { keys, content }: { keys: string; content: Content },
): Promise<MessageRow[]> {
  const { entry, open } = context
  if (entry.sender === open.account.id) return []
  const ownHash = await context.hashAt(content.log.seq)
  const count = checkCount(state, entry.sender, { keys, n: content.n })
  const reference = checkLogReference(state, entry.sender, { log: content.log, ownHash })
  const notices = new Set<NoticeKind>()
  if (count === 'gap') notices.add('messages-missing')
  if (reference === 'fork') notices.add('log-differs')
  if (count === 'repeated' || reference === 'falling') notices.add('contact-went-back')
  return [...notices].map((notice) => noticeLine(context, notice))
}

/** An entry of the other side that verifies as one of ours: the server played it back. */
async function isPlayedBack({ open, entry }: Context, message: StoredMessage): Promise<boolean> {
  if (entry.sender === open.account.id) return false
  const { sender, recipient } = message
  return verifyMessage(open.tools, { ...message, sender: recipient, recipient: sender })
}

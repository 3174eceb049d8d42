/**
 * Reads one entry of a log: what it does to the state of the log, and the lines it gives the timeline. No transaction is
 * open while this runs; `receive-page.ts` writes the result of a whole page at once.
 */
import {
  parseEnvelope,
  type AnswerEnvelope,
  type ChangeEnvelope,
  type MessageEnvelope,
  type OfferEnvelope,
  type PrekeyEnvelope,
} from '../../../server/wire/envelope.ts'
import type { Entry } from '../../../server/wire/log.ts'
import { fromBase64url, ivNumber } from '../../protocol/bytes.ts'
import { readChange } from '../../protocol/change.ts'
import type { Content, LostContent } from '../../protocol/content.ts'
import { openMessage, verifyMessage } from '../../protocol/envelope.ts'
import { checkChangeIv, checkCount, noteContent } from '../../protocol/gaps.ts'
import { completeOffer } from '../../protocol/exchange.ts'
import { deriveKeySet, type KeySet } from '../../protocol/key-set.ts'
import {
  acceptPosition,
  applyAnswer,
  applyOffer,
  applyPrekey,
  chainEntry,
  checkLogReference,
  currentExchange,
  findUsable,
  usableSeq,
  type ExchangeRecord,
  type LogState,
} from '../../protocol/order.ts'
import { noteLost } from '../../protocol/lost.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import type { NoticeKind } from '../client.ts'
import type { LogRow, MessageRow, OutboxRow, SealingKeys, SealRecord } from '../history/database.ts'
import { ourParty, type OpenAccount } from '../open-account.ts'
import { contactOf, findKeySet, secretOf, usableExchange, withoutUnusableKeys } from './key-sets.ts'
import { openOneWay } from './read-prekey.ts'
import { sealingKeysOf } from './seal-waiting.ts'

/** Why an entry cannot be shown as a message. */
export type UnreadableReason =
  | 'malformed'
  | 'no_exchange'
  | 'no_keys'
  | 'other_browser'
  | 'mac'
  | 'replay'
  | 'key_set_conflict'
  | 'decryption'
  | 'content'

/** What this browser already knows of an entry of its own. */
export interface OwnRecord {
  readonly message: MessageRow | undefined
  readonly outbox: OutboxRow | undefined
}

export interface Reading {
  readonly log: LogRow
  readonly lines: readonly MessageRow[]
  /** The key set and IV that a verified entry of our own was sealed under. */
  readonly ownSeal: SealRecord | null
  /** An entry of ours stands in the log with another envelope than the one sealed last. */
  readonly isOtherSeal: boolean
}

interface Context {
  readonly open: OpenAccount
  readonly conversation: number
  readonly entry: Entry
  readonly own: OwnRecord
  /** The running hash of this log after an earlier seq; null when it is not known here. */
  readonly hashAt: (seq: number) => Promise<string | null>
}

/** Reads the entry that follows `log.state`. Throws ProtocolError when it does not follow: the page is then discarded. */
export async function readEntry(context: Context, log: LogRow): Promise<Reading> {
  const state = await chainEntry(context.open.tools, log.state, context.entry)
  const chained: LogRow = { ...log, state }
  const envelope = parseEnvelope(context.entry.envelope)
  if (!envelope) return unreadable(context, chained, 'malformed')
  if (envelope.type === 'msg') return readMessage(context, chained, envelope)
  if (envelope.type === 'change') return readRefresh(context, chained, envelope)
  if (envelope.step === 'offer') return readOffer(context, chained, envelope)
  if (envelope.step === 'answer') return readAnswer(context, chained, envelope)
  return readPrekey(context, chained, envelope)
}

async function readOffer(context: Context, log: LogRow, offer: OfferEnvelope): Promise<Reading> {
  const { state } = applyOffer(log.state, context.entry, offer)
  const next = withoutUnusableKeys({ ...log, state }, context.open.account.id)
  return plain(next, await noticesOfIdentity(context, log.state, offer.identity))
}

async function readPrekey(context: Context, log: LogRow, envelope: PrekeyEnvelope): Promise<Reading> {
  const { open } = context
  const { state, outcome } = applyPrekey(log.state, context.entry, envelope)
  const record = outcome === 'one-way' ? state.exchanges.at(-1) : undefined
  if (!record) return plain({ ...log, state })
  const keySet = await openOneWay(open, state, { record, envelope })
  const notices = [
    ...(await noticesOfIdentity(context, log.state, envelope.identity)),
    noticeLine(context, noticeOfKeys(log.state, keySet)),
  ]
  const next = withoutUnusableKeys({ ...log, state }, open.account.id)
  const isCurrent = currentExchange(state, open.account.id)?.exchange === record.exchange
  if (!keySet || !isCurrent) return plain(next, notices)
  const announced = sealingKeysOf(keySet)
  const sealing = log.sealing?.exchange === record.exchange ? log.sealing : announced
  return plain({ ...next, announced, sealing }, notices)
}

async function readAnswer(context: Context, log: LogRow, answer: AnswerEnvelope): Promise<Reading> {
  const { state, outcome } = applyAnswer(log.state, context.entry, answer)
  if (outcome !== 'established') return plain({ ...log, state })
  const record = state.exchanges.find((one) => one.exchange === answer.exchange)
  const keySet = record ? await firstKeySet(context.open, state, record, answer) : null
  const announced = keySet && sealingKeysOf(keySet)
  return plain({ ...log, state, announced, sealing: announced }, [
    ...(await noticesOfIdentity(context, log.state, answer.identity)),
    noticeLine(context, noticeOfKeys(log.state, keySet)),
  ])
}

function noticeOfKeys(before: LogState, keySet: KeySet | null): NoticeKind {
  if (!keySet) return 'exchange-failed'
  return before.exchanges.some((one) => usableSeq(one) > 0) ? 'keys-changed' : 'keys-exchanged'
}

/** The key set of epoch 1 of an exchange that was just established; null when this browser cannot have it. */
async function firstKeySet(
  open: OpenAccount,
  state: LogState,
  record: ExchangeRecord,
  answer: AnswerEnvelope,
): Promise<KeySet | null> {
  const secret = (await secretOf(open, record)) ?? (await completeOwnOffer(open, state, record, answer))
  if (!secret) return null
  const { salt } = answer
  const { id: self } = open.account
  const keySet = await deriveKeySet(open.tools, {
    exchange: secret,
    salt,
    self,
    contact: contactOf(open, state),
  })
  await open.vault.storeSalt(record.exchange, keySet.id, salt)
  return keySet
}

async function completeOwnOffer(
  open: OpenAccount,
  state: LogState,
  record: ExchangeRecord,
  answer: AnswerEnvelope,
) {
  const self = await ourParty(open)
  const half =
    record.initiator === open.account.id ? await open.vault.half(record.exchange, record.offerId) : null
  if (!self || !half) return null
  const secret = await completeOffer(open.tools, {
    self,
    contact: contactOf(open, state),
    half,
    answer,
  }).catch(refusalAsNull)
  if (secret) await open.vault.storeSecret(record.offerId, secret)
  return secret
}

async function readRefresh(context: Context, log: LogRow, change: ChangeEnvelope): Promise<Reading> {
  const { open, entry } = context
  const record = findUsable(log.state, change.exchange, entry.sender)
  if (!record) return unreadable(context, log, 'no_exchange')
  const secret = await secretOf(open, record)
  const current = await findKeySet(open, log.state, change.exchange, change.keys)
  if (!secret || !current) return unreadable(context, log, 'no_keys', change.exchange)
  const result = await readChange(open.tools, {
    current,
    secret,
    envelope: change,
    sender: entry.sender,
    self: open.account.id,
    contact: contactOf(open, log.state),
  })
  if ('refused' in result) return unreadable(context, log, 'mac')
  const { next } = result
  const claim = { keys: change.keys, iv: ivNumber(fromBase64url(change.IV)) }
  const isGap = checkChangeIv(log.state, entry.sender, claim) !== null
  const position = { exchangeSeq: usableSeq(record), epoch: next.epoch, iv: 0n, keys: next.id }
  const state = acceptPosition(log.state, entry.sender, position)
  if (typeof state === 'string') return unreadable(context, log, state)
  await open.vault.storeSalt(next.exchange, next.id, next.salt)
  const notices = isGap ? [noticeLine(context, 'messages-missing')] : []
  notices.push(noticeLine(context, 'keys-changed'))
  return plain(await adopt(open, { ...log, state }, next), notices)
}

/** In the current exchange, the key set of a higher epoch is the one to seal under from now on. */
async function adopt(open: OpenAccount, log: LogRow, next: KeySet): Promise<LogRow> {
  const usable = await usableExchange(open, log.state)
  if (usable?.exchange !== next.exchange) return log
  const keys = sealingKeysOf(next)
  const higher = (held: SealingKeys | null) => (held && held.epoch >= keys.epoch ? held : keys)
  return { ...log, announced: higher(log.announced), sealing: higher(log.sealing) }
}

async function readMessage(context: Context, log: LogRow, envelope: MessageEnvelope): Promise<Reading> {
  const { open, entry, own } = context
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
  if (!(await verifyMessage(open.tools, message))) return unreadable(context, log, 'mac')
  const position = { exchangeSeq: usableSeq(record), epoch: keySet.epoch, iv, keys: keySet.id }
  const state = acceptPosition(log.state, entry.sender, position)
  if (typeof state === 'string') return unreadable(context, log, state)
  const accepted: LogRow = { ...log, state }
  if (own.message && own.outbox?.envelope === entry.envelope)
    return plain(accepted, [{ ...own.message, position: entry.seq, at: entry.acceptedAt }], own.message.seal)
  const content = await openMessage(open.tools, message)
  if ('unreadable' in content) return unreadable(context, accepted, content.unreadable)
  const seal = { exchange: envelope.exchange, keys: envelope.keys, iv, n: content.n }
  const faults = await faultsOf(context, accepted.state, { keys: keySet.id, content })
  const reported = content.kind === 'lost' ? noteReport(state, entry.sender, envelope, content) : state
  const noted = noteContent(reported, entry.sender, { keys: keySet.id, n: content.n, log: content.log })
  const isOwn = entry.sender === open.account.id
  return {
    log: withoutUnusableKeys({ ...log, state: noted }, open.account.id),
    lines: [...faults, ...linesOfContent(context, content, seal)],
    ownSeal: isOwn ? seal : null,
    isOtherSeal: isOwn && own.message !== undefined,
  }
}

const noteReport = (
  state: LogState,
  by: number,
  { exchange: under }: MessageEnvelope,
  { exchanges }: LostContent,
): LogState => noteLost(state, { by, under, exchanges })

/** Reports of the other side are for this client only. */
function linesOfContent(context: Context, content: Content, seal: SealRecord): MessageRow[] {
  const line = { ...lineOf(context), seal }
  switch (content.kind) {
    case 'text': {
      const again = content.again === undefined ? {} : { again: content.again }
      return [{ ...line, kind: 'text', text: content.body, ...again }]
    }
    case 'unknown':
      return [{ ...line, kind: 'unknown', text: content.json }]
    case 'lost': {
      const isOwn = line.sender === context.open.account.id
      return isOwn ? [{ ...line, kind: 'lost', text: JSON.stringify(content.exchanges) }] : []
    }
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
  const faults: MessageRow[] = []
  if (checkCount(state, entry.sender, { keys, n: content.n }) !== null)
    faults.push(noticeLine(context, 'messages-missing'))
  const ownHash = await context.hashAt(content.log.seq)
  if (checkLogReference(state, entry.sender, { log: content.log, ownHash }) !== null)
    faults.push(noticeLine(context, 'log-differs'))
  return faults
}

async function noticesOfIdentity(
  context: Context,
  before: LogState,
  identity: string,
): Promise<MessageRow[]> {
  const { entry, open } = context
  if (entry.sender === open.account.id) return []
  const told = (await open.database.conversations.get(entry.sender))?.toldIdentity
  const known = before.identities[entry.sender]
  const isNews = known && known !== identity && told !== identity
  return isNews ? [noticeLine(context, 'security-code-changed')] : []
}

/**
 * An entry of our own that this browser cannot open was written by another one, unless we wrote it: then its text is known
 * here, and only another envelope than the one we sent is worth a word.
 */
function unreadable(
  context: Context,
  log: LogRow,
  reason: UnreadableReason,
  exchange: string | null = null,
): Reading {
  const isOwn = context.entry.sender === context.open.account.id
  const isKeyless = reason === 'no_keys' || reason === 'no_exchange'
  const { message, outbox } = context.own
  if (isOwn && message) {
    const stored = { ...message, position: context.entry.seq, at: context.entry.acceptedAt }
    const isAsSent = outbox?.envelope === context.entry.envelope
    return plain(log, isAsSent ? [stored] : [noticeLine(context, 'log-differs'), stored])
  }
  const text = isOwn && isKeyless ? 'other_browser' : reason
  context.open.tools.log({
    operation: 'refuse',
    purpose: 'entry',
    peer: context.conversation,
    entry: context.entry.id,
    outcome: 'refused',
    reason: text,
  })
  const next = isOwn || exchange === null ? log : noteUnopened(log, exchange)
  return plain(next, [{ ...lineOf(context), kind: 'unreadable', text, seal: null }])
}

const noteUnopened = (log: LogRow, exchange: string): LogRow => ({
  ...log,
  unopened: [...new Set([...(log.unopened ?? []), exchange])],
})

function plain(log: LogRow, lines: readonly MessageRow[] = [], ownSeal: SealRecord | null = null): Reading {
  return { log, lines, ownSeal, isOtherSeal: false }
}

const lineOf = ({ entry, conversation }: Context) => ({
  id: entry.id,
  conversation,
  position: entry.seq,
  sender: entry.sender,
  at: entry.acceptedAt,
})

/** A notice about an entry stands just before it. */
function noticeLine(context: Context, notice: NoticeKind): MessageRow {
  const line = lineOf(context)
  return {
    ...line,
    id: `${line.id}/${notice}`,
    position: line.position - 0.5,
    kind: 'notice',
    text: notice,
    seal: null,
  }
}

function refusalAsNull(error: unknown): null {
  if (error instanceof ProtocolError) return null
  throw error
}

/** Reads what begins or answers an exchange. */
import type { AnswerEnvelope, OfferEnvelope, PrekeyEnvelope } from '../../../server/wire/envelope.ts'
import { completeOffer, confirmedKeySet } from '../../protocol/exchange.ts'
import type { KeySet } from '../../protocol/key-set.ts'
import type { ExchangeRecord, LogState } from '../../protocol/log-state.ts'
import { applyAnswer, applyOffer, applyPrekey, currentExchange, usableSeq } from '../../protocol/order.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import type { NoticeKind } from '../contract/conversation.ts'
import type { LogRow, MessageRow } from '../history/database.ts'
import { ourParty, type OpenAccount } from '../open-account.ts'
import { isExchangedElsewhere } from './elsewhere.ts'
import { contactOf, secretOf, withoutUnusableKeys } from './key-sets.ts'
import { openOneWay } from './read-prekey.ts'
import { noticeLine, plain, type Context, type Reading } from './reading.ts'
import { sealingKeysOf } from './seal-waiting.ts'

export async function readOffer(context: Context, log: LogRow, offer: OfferEnvelope): Promise<Reading> {
  const { state } = applyOffer(log.state, context.entry, offer)
  const next = withoutUnusableKeys({ ...log, state }, context.open.account.id)
  return plain(next, await noticesOfIdentity(context, log.state, offer.identity))
}

export async function readPrekey(context: Context, log: LogRow, envelope: PrekeyEnvelope): Promise<Reading> {
  const { open } = context
  const { state, outcome } = applyPrekey(log.state, context.entry, envelope)
  const record = outcome === 'one-way' ? state.exchanges.at(-1) : undefined
  if (!record) return plain({ ...log, state })
  const keySet = await openOneWay(open, state, { record, envelope })
  const notices = [
    ...(await noticesOfIdentity(context, log.state, envelope.identity)),
    noticeLine(context, await noticeOfKeys(open, log.state, { record, keySet })),
  ]
  const next = withoutUnusableKeys({ ...log, state }, open.account.id)
  const isCurrent = currentExchange(state, open.account.id)?.exchange === record.exchange
  if (!keySet || !isCurrent) return plain(next, notices)
  const announced = sealingKeysOf(keySet)
  const sealing = log.sealing?.exchange === record.exchange ? log.sealing : announced
  return plain({ ...next, announced, sealing }, notices)
}

export async function readAnswer(context: Context, log: LogRow, answer: AnswerEnvelope): Promise<Reading> {
  const { state, outcome } = applyAnswer(log.state, context.entry, answer)
  if (outcome !== 'established') return plain({ ...log, state })
  const record = state.exchanges.find((one) => one.exchange === answer.exchange)
  if (!record) return plain({ ...log, state })
  const keySet = await firstKeySet(context.open, state, record, answer)
  const announced = keySet && sealingKeysOf(keySet)
  return plain({ ...log, state, announced, sealing: announced }, [
    ...(await noticesOfIdentity(context, log.state, answer.identity)),
    noticeLine(context, await noticeOfKeys(context.open, log.state, { record, keySet })),
  ])
}

async function noticeOfKeys(
  open: OpenAccount,
  before: LogState,
  { record, keySet }: { record: ExchangeRecord; keySet: KeySet | null },
): Promise<NoticeKind> {
  if (!keySet) return (await isExchangedElsewhere(open, record)) ? 'keys-elsewhere' : 'exchange-failed'
  return before.exchanges.some((one) => usableSeq(one) > 0) ? 'keys-changed' : 'keys-exchanged'
}

/** The key set of epoch 1 of an exchange that was just established; null when this browser cannot have it, or `confirm` is wrong. */
async function firstKeySet(
  open: OpenAccount,
  state: LogState,
  record: ExchangeRecord,
  answer: AnswerEnvelope,
): Promise<KeySet | null> {
  const secret = (await secretOf(open, record)) ?? (await completeOwnOffer(open, state, record, answer))
  if (!secret) return null
  const { id: self } = open.account
  const contact = contactOf(open, state)
  const by = record.initiator === self ? contact : self
  const reading = { established: secret, envelope: answer, by, self, contact }
  const keySet = await confirmedKeySet(open.tools, reading)
  if (keySet) await open.vault.storeSalt(record.exchange, keySet.id, answer.salt)
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

function refusalAsNull(error: unknown): null {
  if (error instanceof ProtocolError) return null
  throw error
}

/** Makes offers, answers and prekey envelopes, stores their secrets, and puts them into the outbox, each once. */
import { deriveKeySet, type KeySet } from '../../protocol/key-set.ts'
import { answerOffer, makeOffer, type ExchangeSecret, type Party } from '../../protocol/exchange.ts'
import { beginOneWay } from '../../protocol/one-way.ts'
import type { ExchangeRecord } from '../../protocol/log-state.ts'
import { currentExchange } from '../../protocol/order.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { newOutboxRow, noteBegun } from '../history/counters.ts'
import { outboxOf, type OutboxKind } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { queuedPrekey } from './key-sets.ts'
import { holdPending } from './receive-page.ts'
import { newEntryId, sealingKeysOf } from './seal-waiting.ts'

/** An offer or answer that waited longer than this in the outbox is made anew, never sent. */
const OUTBOX_MOST_MS = 45_000
/** A drawn prekey is sent within this time; its owner keeps the private half longer. */
const PREKEY_MOST_MS = 7 * 24 * 60 * 60_000

/** Offers an exchange, unless an offer is on its way. */
export async function offerOnce(open: OpenAccount, self: Party, conversation: number): Promise<void> {
  const queued = await outboxOf(open.database, conversation)
  if (queued.some((row) => row.kind === 'offer')) return
  const id = newEntryId(open)
  const { envelope, half } = await makeOffer(open.tools, { self, contact: conversation })
  await open.vault.storeHalf(id, half)
  await queue(open, { id, conversation, kind: 'offer', envelope, exchange: half.exchange })
}

/** Answers the other side's open offer, unless an answer is on its way. */
export async function answerOnce(
  open: OpenAccount,
  { self, conversation, offer }: { self: Party; conversation: number; offer: ExchangeRecord },
): Promise<void> {
  const queued = await outboxOf(open.database, conversation)
  if (queued.some((row) => row.kind === 'answer' && row.exchange === offer.exchange)) return
  const { exchange, identity, key } = offer
  const id = newEntryId(open)
  try {
    const answer = await answerOffer(open.tools, {
      self,
      contact: conversation,
      offer: { type: 'ECDH', step: 'offer', exchange, identity, key },
    })
    const keySet = await deriveKeySet(open.tools, {
      exchange: answer.established,
      salt: answer.salt,
      self: self.account,
      contact: conversation,
    })
    await open.vault.storeHalf(id, answer.half)
    await open.vault.storeSecret(id, answer.established)
    await open.vault.storeSalt(exchange, keySet.id, answer.salt)
    await queue(open, { id, conversation, kind: 'answer', envelope: answer.envelope, exchange })
  } catch (error) {
    // The log keeps an offer with a key that is none; it is refused here and stays unanswered.
    if (!(error instanceof ProtocolError)) throw error
  }
}

/**
 * Begins a one-way exchange with a prekey of the contact, unless a prekey envelope is on its way. From then on messages are
 * sealed behind it. Returns false when the directory has no prekey. Throws `Refused` and `Unreachable`.
 */
export async function prekeyOnce(open: OpenAccount, self: Party, conversation: number): Promise<boolean> {
  if (queuedPrekey(await outboxOf(open.database, conversation))) return true
  const { identity, prekey } = await open.api.call('drawPrekey', {
    params: { contact: conversation },
    body: {},
  })
  if (identity === null || prekey === null) return false
  const begun = await beginOneWay(open.tools, { self, contact: conversation, identity, prekey }).catch(
    refusalAsNull,
  )
  if (!begun) return false
  const id = newEntryId(open)
  await open.vault.storeSecret(id, begun.established)
  await open.vault.storeSalt(begun.keySet.exchange, begun.keySet.id, begun.keySet.salt)
  await commitPrekey(open, { id, conversation, identity, ...begun })
  open.drainSoon()
  return true
}

interface BegunOneWay {
  readonly id: string
  readonly conversation: number
  /** The contact's, as the directory gave it. */
  readonly identity: string
  readonly envelope: string
  readonly established: ExchangeSecret
  readonly keySet: KeySet
}

async function commitPrekey(open: OpenAccount, begun: BegunOneWay): Promise<void> {
  const { database, account, vault } = open
  const { id, conversation, identity, envelope, keySet } = begun
  const { messages, outbox, logs, conversations, meta } = database
  await database.transaction('rw', [messages, outbox, logs, conversations, meta], async () => {
    const log = await logs.get(conversation)
    const current = log && currentExchange(log.state, account.id)
    if (!log || (current && vault.sealableExchanges().has(current.exchange))) return
    const row = await newOutboxRow(database, {
      id,
      conversation,
      kind: 'prekey',
      envelope,
      exchange: keySet.exchange,
      seal: null,
      next: null,
      notAfter: open.nowMs() + PREKEY_MOST_MS,
    })
    await outbox.put(row)
    await noteBegun(database, keySet.id)
    const told = (await conversations.get(conversation))?.toldIdentity
    const known = log.state.identities[conversation]
    await logs.update(conversation, { sealing: sealingKeysOf(keySet), announced: null })
    await conversations.update(conversation, { toldIdentity: identity })
    if (!known || known === identity || told === identity) return
    await holdPending(database, conversation)
    await messages.put({
      id: `${id}/security-code-changed`,
      conversation,
      position: log.state.seq + 0.5,
      kind: 'notice',
      sender: conversation,
      at: open.nowMs(),
      text: 'security-code-changed',
      seal: null,
    })
  })
}

function refusalAsNull(error: unknown): null {
  if (error instanceof ProtocolError) return null
  throw error
}

async function queue(
  open: OpenAccount,
  row: { id: string; conversation: number; kind: OutboxKind; envelope: string; exchange: string },
): Promise<void> {
  const { database } = open
  await database.transaction('rw', database.outbox, async () => {
    await database.outbox.put(
      await newOutboxRow(database, {
        ...row,
        seal: null,
        next: null,
        notAfter: open.nowMs() + OUTBOX_MOST_MS,
      }),
    )
  })
  open.drainSoon()
}

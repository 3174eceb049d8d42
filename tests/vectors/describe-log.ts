/**
 * What the specification says of a log, by the real protocol, for a reader who holds the keys of both sides: every value on
 * the way, and a verdict for every entry. This is what another implementation has to come to.
 */
import { fromBase64url, ivNumber, toBase64url } from '../../pwa/protocol/bytes.ts'
import { readChange } from '../../pwa/protocol/change.ts'
import type { AskContent, ShareContent } from '../../pwa/protocol/content.ts'
import { openMessage, verifyMessage } from '../../pwa/protocol/envelope.ts'
import { completeOffer, type ExchangeSecret, type Party } from '../../pwa/protocol/exchange.ts'
import { checkChangeIv, checkCount, noteContent } from '../../pwa/protocol/gaps.ts'
import { deriveKeySet, keysFor, type KeySet } from '../../pwa/protocol/key-set.ts'
import { noteLost } from '../../pwa/protocol/lost.ts'
import { acceptOneWay } from '../../pwa/protocol/one-way.ts'
import { checkLogReference } from '../../pwa/protocol/gaps.ts'
import { chainEntry, emptyLog, type LogState } from '../../pwa/protocol/log-state.ts'
import {
  applyAnswer,
  applyOffer,
  applyPrekey,
  currentExchange,
  findUsable,
  openOffer,
  usableSeq,
} from '../../pwa/protocol/order.ts'
import { acceptPosition } from '../../pwa/protocol/positions.ts'
import { asPublicKey, type KeyPair } from '../../pwa/protocol/primitives.ts'
import { ProtocolError } from '../../pwa/protocol/protocol-error.ts'
import { safetyNumber } from '../../pwa/protocol/safety-number.ts'
import { judgePiece } from '../../pwa/protocol/sharing.ts'
import {
  parseEnvelope,
  type AnswerEnvelope,
  type ChangeEnvelope,
  type MessageEnvelope,
  type OfferEnvelope,
  type PrekeyEnvelope,
} from '../../server/wire/envelope.ts'
import type { Entry } from '../../server/wire/log.ts'
import type { Conversation } from './conversation.ts'
import { watchTools } from './watch-tools.ts'

const PART_BYTES = 48

/** What one entry came to. Members that do not apply are left out. */
interface Found {
  readonly verdict: string
  readonly faults?: readonly string[]
  readonly voided?: readonly string[]
  /** The key set that begins here; null: nobody can have it. */
  readonly keys?: string | null
  /** What the log alone says of each piece of history; null: nobody asked for them. */
  readonly pieces?: readonly string[] | null
  readonly sealed?: object
  readonly change?: object
  readonly lost?: readonly object[]
}

/** Everything that follows from a conversation's entries and private keys. */
export async function describeLog({ accounts, tools, entries, keyPairs, prekeys }: Conversation) {
  const self = Math.min(accounts.alice, accounts.bob)
  const contact = Math.max(accounts.alice, accounts.bob)
  const watched = watchTools(tools)
  const pairOf = new Map(keyPairs.map((pair) => [toBase64url(pair.publicKey), pair]))
  const unusedPrekeys = new Map(prekeys.map((prekey) => [prekey.id, prekey]))
  const secrets = new Map<string, ExchangeSecret>()
  const keySets = new Map<string, KeySet>()
  const exchanges: object[] = []
  const safetyNumbers = new Map<string, object>()
  const hashes: string[] = []
  const asks = new Map<string, AskContent & { readonly sender: number }>()
  let state = await emptyLog(tools, self, contact)
  hashes.push(state.hash)

  const partyOf = (account: number, identity: KeyPair): Party => ({ account, identity })
  const otherOf = (account: number): number => (account === self ? contact : self)

  function findKeySet({ exchange, keys }: ChangeEnvelope | MessageEnvelope): KeySet | null {
    const keySet = keySets.get(keys)
    return keySet?.exchange === exchange ? keySet : null
  }

  /** Keeps a secret and the key set of epoch 1; null: it could not be had. */
  async function keep(kind: string, secret: ExchangeSecret | null, salt: string): Promise<string | null> {
    if (!secret) return null
    secrets.set(secret.exchange, secret)
    const { exchange, initiator, responder, transcript } = secret
    const parts = [0, 1, 2].map((part) =>
      toBase64url(secret.secret.slice(part * PART_BYTES, (part + 1) * PART_BYTES)),
    )
    exchanges.push({
      exchange,
      kind,
      initiator,
      responder,
      parts,
      secret: toBase64url(secret.secret),
      transcript: toBase64url(transcript),
    })
    const keySet = await deriveKeySet(tools, { exchange: secret, salt, self, contact })
    keySets.set(keySet.id, keySet)
    return keySet.id
  }

  function readOffer(entry: Entry, offer: OfferEnvelope): Found {
    const { state: next, outcome, voided } = applyOffer(state, entry, offer)
    state = next
    return { verdict: outcome, ...(voided.length > 0 && { voided }) }
  }

  async function readAnswer(entry: Entry, answer: AnswerEnvelope): Promise<Found> {
    const { state: next, outcome } = applyAnswer(state, entry, answer)
    state = next
    if (outcome !== 'established') return { verdict: outcome }
    const offer = state.exchanges.find((one) => one.exchange === answer.exchange)
    const identity = pairOf.get(offer?.identity ?? '')
    const keyPair = pairOf.get(offer?.key ?? '')
    if (!offer || !identity || !keyPair) throw new Error('a key pair was not recorded')
    const secret = await completeOffer(tools, {
      self: partyOf(offer.initiator, identity),
      contact: entry.sender,
      half: { exchange: answer.exchange, role: 'initiator', keyPair },
      answer,
    }).catch(refusalAsNull)
    return { verdict: outcome, keys: await keep('twoway', secret, answer.salt) }
  }

  async function readPrekey(entry: Entry, envelope: PrekeyEnvelope): Promise<Found> {
    const { state: next, outcome } = applyPrekey(state, entry, envelope)
    state = next
    if (outcome !== 'one-way') return { verdict: outcome }
    const prekey = unusedPrekeys.get(envelope.prekey)
    const identity = pairOf.get(envelope.to)
    if (!prekey || !identity) return { verdict: outcome, keys: null }
    unusedPrekeys.delete(prekey.id)
    const responder = partyOf(otherOf(entry.sender), identity)
    const accepted = await acceptOneWay(tools, { self: responder, contact: entry.sender, prekey, envelope })
    return { verdict: outcome, keys: await keep('oneway', accepted?.established ?? null, envelope.salt) }
  }

  async function readRefresh(entry: Entry, change: ChangeEnvelope): Promise<Found> {
    const record = findUsable(state, change.exchange, entry.sender)
    if (!record) return { verdict: 'no_exchange' }
    const secret = secrets.get(change.exchange)
    const current = findKeySet(change)
    if (!secret || !current) return { verdict: 'no_keys' }
    const signs = watched.hmacs.length
    const result = await readChange(watched.tools, {
      current,
      secret,
      envelope: change,
      sender: entry.sender,
      self,
      contact,
    })
    const signed = watched.hmacs.slice(signs)
    const seen = {
      change: {
        iv: String(ivNumber(fromBase64url(change.IV))),
        signed: signed[0] && toBase64url(signed[0].message),
        MAC_old: signed[0]?.code,
        ...(signed[1] && { MAC_new: signed[1].code }),
      },
    }
    if ('refused' in result) return { verdict: result.refused, ...seen }
    const { next } = result
    const fault = checkChangeIv(state, entry.sender, {
      keys: change.keys,
      iv: ivNumber(fromBase64url(change.IV)),
    })
    const position = { exchangeSeq: usableSeq(record), epoch: next.epoch, iv: 0n, keys: next.id }
    const accepted = acceptPosition(state, entry.sender, position)
    if (typeof accepted === 'string') return { verdict: accepted, ...seen }
    state = accepted
    keySets.set(next.id, next)
    return { verdict: 'changed', ...seen, keys: next.id, ...(fault && { faults: [fault] }) }
  }

  async function readMessage(entry: Entry, envelope: MessageEnvelope): Promise<Found> {
    const record = findUsable(state, envelope.exchange, entry.sender)
    if (!record) return { verdict: 'no_exchange' }
    const keySet = findKeySet(envelope)
    if (!keySet) return { verdict: 'no_keys' }
    const { id: entryId, sender } = entry
    const stored = { keySet, envelope, entryId, sender, recipient: otherOf(sender), self }
    const isGenuine = await verifyMessage(watched.tools, stored)
    const iv = ivNumber(fromBase64url(envelope.IV))
    const mac = { iv: String(iv), context: watched.contextOf(envelope), MAC: watched.hmacs.at(-1)?.code }
    if (!isGenuine) return { verdict: 'mac', sealed: mac }
    const position = { exchangeSeq: usableSeq(record), epoch: keySet.epoch, iv, keys: keySet.id }
    const accepted = acceptPosition(state, sender, position)
    if (typeof accepted === 'string') return { verdict: accepted, sealed: mac }
    state = accepted
    const content = await openMessage(watched.tools, stored)
    const plaintext = watched.plaintexts.at(-1)
    const sealed = {
      ...mac,
      ...(plaintext && { paddedBytes: plaintext.length, padded: toBase64url(plaintext) }),
    }
    if ('unreadable' in content) return { verdict: content.unreadable, sealed }
    const ownHash = hashes[content.log.seq] ?? null
    const faults = [
      checkCount(state, sender, { keys: keySet.id, n: content.n }),
      checkLogReference(state, sender, { log: content.log, ownHash }),
    ].filter((fault) => fault !== null)
    const before = state.lost.length
    if (content.kind === 'lost')
      state = noteLost(state, { by: sender, under: envelope.exchange, exchanges: content.exchanges })
    const lost = state.lost.slice(before)
    state = noteContent(state, sender, { keys: keySet.id, n: content.n, log: content.log })
    if (content.kind === 'ask') asks.set(entryId, { sender, ...content })
    return {
      verdict: content.kind,
      sealed,
      ...(content.kind === 'share' && { pieces: judgePieces(sender, content) }),
      ...(faults.length > 0 && { faults }),
      ...(lost.length > 0 && { lost }),
    }
  }

  /** To somebody without the keys of their entries. */
  function judgePieces(sender: number, { ask, pieces }: ShareContent): string[] | null {
    const asked = asks.get(ask)
    if (!asked || asked.sender === sender) return null
    return pieces.map((piece) => {
      const about = entries.find(({ id }) => id === piece.id)
      const known = about && { seq: about.seq, sender: about.sender, isUnopened: true, text: null }
      return judgePiece(piece, asked, known ?? null)
    })
  }

  function readOne(entry: Entry): Found | Promise<Found> {
    const envelope = parseEnvelope(entry.envelope)
    if (!envelope) return { verdict: 'malformed' }
    if (envelope.type === 'msg') return readMessage(entry, envelope)
    if (envelope.type === 'change') return readRefresh(entry, envelope)
    if (envelope.step === 'offer') return readOffer(entry, envelope)
    if (envelope.step === 'answer') return readAnswer(entry, envelope)
    return readPrekey(entry, envelope)
  }

  async function noteSafetyNumber({ identities }: LogState): Promise<void> {
    const [lower, higher] = [identities[self] ?? null, identities[contact] ?? null]
    if (lower === null || higher === null || safetyNumbers.has(lower + higher)) return
    const identified = (account: number, identity: string) => ({
      account,
      identity: asPublicKey(fromBase64url(identity)),
    })
    const digits = await safetyNumber(tools, identified(self, lower), identified(contact, higher))
    safetyNumbers.set(lower + higher, { identities: [lower, higher], digits })
  }

  const readings: object[] = []
  for (const entry of entries) {
    state = await chainEntry(tools, state, entry)
    hashes.push(state.hash)
    const found = await readOne(entry)
    await noteSafetyNumber(state)
    const current = [self, contact].map((account) => currentExchange(state, account)?.exchange ?? null)
    const open = openOffer(state, entry.acceptedAt)?.exchange ?? null
    readings.push({ seq: entry.seq, ...found, hash: state.hash, open, current })
  }

  return {
    hash: hashes[0],
    exchanges,
    keySets: [...keySets.values()].map(({ id, exchange, epoch, salt, ...keys }) => ({
      id,
      exchange,
      epoch,
      salt,
      directions: [self, contact].map((sender) => {
        const { aes, mac } = keysFor({ id, exchange, epoch, salt, ...keys }, { sender, self })
        return { sender, recipient: otherOf(sender), aes: toBase64url(aes), mac: toBase64url(mac) }
      }),
    })),
    readings,
    safetyNumbers: [...safetyNumbers.values()],
  }
}

function refusalAsNull(error: unknown): null {
  if (error instanceof ProtocolError) return null
  throw error
}

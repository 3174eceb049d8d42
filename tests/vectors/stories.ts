/** The conversations of `letterlock-v1.json`, one for each thing that the specification decides. */
import { toBase64url, utf8 } from '../../pwa/protocol/bytes.ts'
import type { Bytes } from '../../pwa/protocol/bytes.ts'
import { nextSalt } from '../../pwa/protocol/key-set.ts'
import { beginConversation, type Conversation } from './conversation.ts'

interface Story {
  readonly name: string
  readonly accounts: { readonly alice: number; readonly bob: number }
  readonly tell: (conversation: Conversation) => Promise<void>
}

const SMALL = { alice: 7, bob: 12 }
const LARGEST = { alice: 9_007_199_254_740_991, bob: 1 }
const OPEN_MS = 60_000

export const STORIES: readonly Story[] = [
  { name: 'two-way', accounts: SMALL, tell: tellTwoWay },
  { name: 'two-way between the largest and the smallest account', accounts: LARGEST, tell: tellTwoWay },
  { name: 'one-way', accounts: SMALL, tell: tellOneWay },
  { name: 'both one-way, then two-way', accounts: { alice: 400, bob: 31 }, tell: tellBothOneWay },
  { name: 'refresh', accounts: SMALL, tell: tellRefresh },
  { name: 'crossing refresh', accounts: SMALL, tell: tellCrossingRefresh },
  { name: 'crossing offers', accounts: SMALL, tell: tellCrossingOffers },
  { name: 'offers that are void, late, repeated or failed', accounts: SMALL, tell: tellBadOffers },
  { name: 'prekeys that are used up, repeated or outdated', accounts: SMALL, tell: tellBadPrekeys },
  { name: 'replay, reflection, gap and fork', accounts: SMALL, tell: tellHostileServer },
  { name: 'refreshes that are refused', accounts: SMALL, tell: tellBadRefreshes },
  { name: 'entries that cannot be opened', accounts: SMALL, tell: tellUnreadable },
  { name: 'lost and again', accounts: SMALL, tell: tellLostAndAgain },
]

/** Tells a story from its beginning. */
export async function tell({ name, accounts, tell: tellStory }: Story): Promise<Conversation> {
  const conversation = await beginConversation(name, accounts)
  await tellStory(conversation)
  return conversation
}

async function tellTwoWay(c: Conversation): Promise<void> {
  const keys = await c.answer(c.bob, await c.offer(c.alice))
  const hello = await c.say(c.alice, keys, { body: 'Hello Bob' })
  await c.say(c.bob, keys, { body: 'Grüße, 你好, 👋🏽', replyTo: hello })
  await c.say(c.alice, keys, { body: '' })
  await c.say(c.alice, keys, { body: 'after an IV that a crash took' }, { skipIvs: 3 })
  await c.say(c.bob, keys, { body: 'a longer letter. '.repeat(60) })
}

async function tellOneWay(c: Conversation): Promise<void> {
  const keys = await c.oneWay(c.alice, c.bob)
  await c.say(c.alice, keys, { body: 'while you are away' })
  await c.say(c.alice, keys, { body: 'für später 🌙' })
  const next = await c.refresh(c.alice, keys)
  await c.say(c.alice, next, { body: 'under new keys' })
  await c.say(c.bob, next, { body: 'nobody but its initiator seals under it' })
}

async function tellBothOneWay(c: Conversation): Promise<void> {
  const byAlice = await c.oneWay(c.alice, c.bob)
  await c.say(c.alice, byAlice, { body: 'are you there?' })
  const byBob = await c.oneWay(c.bob, c.alice)
  await c.say(c.bob, byBob, { body: 'now I am' })
  await c.say(c.alice, byAlice, { body: 'written before I read that' })
  const offered = await c.offer(c.bob)
  await c.say(c.alice, byAlice, { body: 'while the offer is open' })
  const keys = await c.answer(c.alice, offered)
  await c.say(c.bob, keys, { body: 'both of us' })
  await c.say(c.alice, keys, { body: 'both of us' })
  await c.say(c.bob, byBob, { body: 'a position that does not grow' }, { n: 2 })
  const sealed = await c.seal(c.bob, keys, { body: 'under the name of another exchange' }, { id: fixedId(3) })
  await c.append(c.bob, withMembers(sealed, { exchange: byBob.exchange.exchange }), { id: fixedId(3) })
  await c.append(c.bob, sealed, { id: fixedId(3) })
  await c.offer(c.alice)
}

async function tellRefresh(c: Conversation): Promise<void> {
  const first = await c.answer(c.alice, await c.offer(c.bob))
  await c.say(c.alice, first, { body: 'under epoch 1' })
  await c.say(c.bob, first, { body: 'under epoch 1' })
  const second = await c.refresh(c.alice, first)
  await c.say(c.alice, second, { body: 'under epoch 2' })
  await c.say(c.bob, first, { body: 'sealed before I read the change' })
  await c.say(c.bob, second, { body: 'under epoch 2' })
  const third = await c.refresh(c.bob, second)
  await c.say(c.bob, third, { body: 'under epoch 3' })
  await c.say(c.alice, third, { body: 'under epoch 3' })
  const fourth = await c.refresh(c.alice, third, { lastIv: 5n })
  const fifth = await c.refresh(c.alice, fourth)
  await c.say(c.alice, fifth, { body: 'under epoch 5' })
  await c.refresh(c.alice, fifth, { lastIv: 0n })
}

async function tellCrossingRefresh(c: Conversation): Promise<void> {
  const first = await c.answer(c.bob, await c.offer(c.alice))
  const ofAlice = await c.makeRefresh(c.alice, first)
  const ofBob = await c.makeRefresh(c.bob, first)
  await c.append(c.alice, ofAlice.envelope)
  await c.append(c.bob, ofBob.envelope)
  await c.say(c.alice, ofAlice, { body: 'under my own new keys' })
  await c.say(c.bob, ofBob, { body: 'and I under mine' })
  const third = await c.refresh(c.bob, ofBob)
  await c.say(c.alice, third, { body: 'under the same keys again' })
  await c.say(c.bob, third, { body: 'under the same keys again' })
}

async function tellCrossingOffers(c: Conversation): Promise<void> {
  const early = await c.offer(c.alice)
  const crossing = await c.offer(c.bob)
  await c.answer(c.alice, crossing)
  const keys = await c.answer(c.bob, early)
  await c.say(c.alice, keys, { body: 'the earlier offer counts' })
  await c.say(c.bob, keys, { body: 'so it does' })
}

async function tellBadOffers(c: Conversation): Promise<void> {
  const late = await c.offer(c.alice)
  await c.answer(c.bob, late, { afterMs: OPEN_MS })
  const replaced = await c.offer(c.alice)
  const offered = await c.offer(c.alice, { afterMs: OPEN_MS - 1 })
  await c.answer(c.bob, replaced)
  const { envelope: answer } = await c.makeAnswer(c.bob, offered)
  await c.append(c.alice, answer)
  await c.append(c.bob, withMembers(answer, { salt: toBase64url(nextSalt(c.tools, 2)) }))
  await c.append(c.alice, offered)
  const keys = await c.answer(c.bob, offered, { afterMs: OPEN_MS - 1 - 4 * 250 })
  await c.answer(c.bob, offered)
  await c.say(c.alice, keys, { body: 'in the last millisecond' })
  const unread = await c.makeAnswer(c.bob, withMembers(offered, { exchange: toBase64url(new Uint8Array(16)) }))
  await c.append(c.bob, unread.envelope)
  const failing = await c.offer(c.bob)
  const failed = await c.makeAnswer(c.alice, failing)
  await c.append(c.alice, withMembers(failed.envelope, { confirm: toBase64url(new Uint8Array(32)) }))
  await c.say(c.alice, failed, { body: 'under keys that only I have' })
  for (const member of ['key', 'identity']) {
    const offered = await c.offer(c.bob)
    const { envelope } = await c.makeAnswer(c.alice, offered)
    const { [member]: reflected } = JSON.parse(offered) as Record<string, string> // our own envelope
    await c.append(c.alice, withMembers(envelope, { [member]: reflected }))
  }
  const offTheCurve = await c.makeAnswer(c.alice, await c.offer(c.bob))
  await c.append(c.alice, withMembers(offTheCurve.envelope, { key: toBase64url(new Uint8Array(97).fill(4)) }))
  const again = await c.answer(c.bob, await c.offer(c.alice))
  await c.say(c.bob, again, { body: 'begun anew' })
}

async function tellBadPrekeys(c: Conversation): Promise<void> {
  const prekey = await c.stockPrekey()
  const first = await c.oneWay(c.alice, c.bob, prekey)
  await c.say(c.alice, first, { body: 'the first to use the prekey' })
  const second = await c.oneWay(c.alice, c.bob, prekey)
  await c.say(c.alice, second, { body: 'its private half is gone' })
  const envelope = c.entries[0]?.envelope ?? ''
  await c.append(c.alice, envelope)
  const exchange = toBase64url(c.tools.primitives.random(16))
  await c.append(c.alice, withMembers(envelope, { exchange, salt: toBase64url(nextSalt(c.tools, 2)) }))
  const third = await c.oneWay(c.alice, c.bob)
  await c.say(c.alice, third, { body: 'with another prekey' })
  const newBob = await c.makeNewIdentity(c.bob)
  await c.offer(newBob)
  await c.say(c.alice, third, { body: 'to an identity that is no longer the last' })
  const fourth = await c.oneWay(c.alice, newBob)
  await c.say(c.alice, fourth, { body: 'to the new one' })
}

async function tellHostileServer(c: Conversation): Promise<void> {
  const keys = await c.answer(c.bob, await c.offer(c.alice))
  const id = await c.say(c.alice, keys, { body: 'once' })
  const { envelope = '' } = c.entries.at(-1) ?? {}
  const early = c.head()
  await c.append(c.alice, envelope, { id })
  await c.append(c.alice, envelope)
  await c.append(c.bob, envelope, { id })
  await c.seal(c.alice, keys, { body: 'never reaches the log' })
  await c.say(c.alice, keys, { body: 'behind what is missing' })
  await c.say(c.alice, keys, { body: 'a number used twice' }, { n: 3 })
  await c.say(c.bob, keys, { body: 'of another history' }, { log: { seq: 3, hash: toBase64url(new Uint8Array(32)) } })
  await c.say(c.bob, keys, { body: 'of a log that goes on' }, { log: { ...c.head(), seq: c.head().seq + 1 } })
  await c.say(c.alice, keys, { body: 'back to an older copy' }, { log: early })
  const later = await c.seal(c.bob, keys, { body: 'overtaken' }, { id: fixedId(1) })
  await c.say(c.bob, keys, { body: 'overtakes it' })
  await c.append(c.bob, later, { id: fixedId(1) })
}

async function tellBadRefreshes(c: Conversation): Promise<void> {
  const first = await c.answer(c.bob, await c.offer(c.alice))
  const { envelope } = await c.makeRefresh(c.alice, first)
  for (const member of ['MAC_old', 'MAC_new'])
    await c.append(c.alice, withMembers(envelope, { [member]: toBase64url(new Uint8Array(32)) }))
  await c.append(c.bob, envelope)
  await c.append(c.alice, withMembers(envelope, { keys: toBase64url(new Uint8Array(16)) }))
  const ofAlice = await c.refresh(c.alice, first)
  await c.append(c.alice, envelope)
  const ofBob = await c.refresh(c.bob, first)
  await c.say(c.alice, ofBob, { body: 'one epoch has one key set' })
  await c.say(c.alice, ofAlice, { body: 'and this is mine' })
  const { envelope: skipping } = await c.makeRefresh(c.alice, ofAlice, { skipEpochs: 1 })
  await c.append(c.alice, skipping)
}

async function tellUnreadable(c: Conversation): Promise<void> {
  const { primitives } = c.tools
  const keys = await c.answer(c.bob, await c.offer(c.alice))
  const head = { sentAt: 1, n: 1, log: c.head() }
  const sealBytes = (bytes: Bytes) => ({
    encrypt: (...[key, iv, , aad]: Parameters<typeof primitives.encrypt>) => primitives.encrypt(key, iv, bytes, aad),
  })
  await c.say(c.alice, keys, { body: '' }, sealBytes(utf8(JSON.stringify({ kind: 'poll', ...head, choices: ['a', 'b'] }))))
  await c.say(c.alice, keys, { body: '' }, sealBytes(utf8('no JSON')))
  await c.say(c.alice, keys, { body: '' }, sealBytes(utf8(JSON.stringify({ kind: 'text', ...head }))))
  await c.say(c.alice, keys, { body: '' }, sealBytes(Uint8Array.of(0xff, 0xfe)))
  await c.say(c.alice, keys, { body: '' }, {
    encrypt: async (...parts) => flipFirst(await primitives.encrypt(...parts)),
  })
  await c.say(c.alice, keys, { body: 'the next one is readable' }, { n: 2 })
  const sealed = await c.seal(c.bob, keys, { body: 'altered on its way' }, { id: fixedId(2) })
  await c.append(c.bob, withMembers(sealed, { MAC: toBase64url(new Uint8Array(32)) }), { id: fixedId(2) })
  await c.append(c.bob, withMembers(sealed, { keys: toBase64url(new Uint8Array(16)) }))
  await c.append(c.bob, withMembers(sealed, { exchange: toBase64url(new Uint8Array(16)) }))
  await c.append(c.bob, withMembers(sealed, { more: 1 }))
  await c.append(c.bob, sealed.replace('{', '{"type":"msg",'))
  await c.append(c.bob, sealed, { id: fixedId(2) })
}

async function tellLostAndAgain(c: Conversation): Promise<void> {
  const oneWay = await c.oneWay(c.alice, c.bob)
  await c.say(c.alice, oneWay, { body: 'before you have keys' })
  const first = await c.answer(c.bob, await c.offer(c.alice))
  await c.say(c.bob, first, { body: 'this I have read' })
  const read = await c.say(c.alice, first, { body: 'and this you have' })
  await c.say(c.bob, first, { body: 'the last of my old browser', replyTo: read })
  const lost = await c.say(c.alice, first, { body: 'this one is lost' })
  const bob = await c.makeNewIdentity(c.bob)
  const offered = await c.offer(bob)
  const landing = await c.say(c.alice, first, { body: 'sealed before I read the offer' })
  const second = await c.answer(c.alice, offered)
  const unknown = toBase64url(new Uint8Array(16))
  const { exchange } = first.exchange
  await c.say(bob, second, { exchanges: [exchange, oneWay.exchange.exchange, exchange, unknown] })
  await c.say(c.alice, second, { body: 'this one is lost', again: lost })
  await c.say(c.alice, second, { body: 'sealed before I read the offer', again: landing })
  await c.say(bob, second, { exchanges: [exchange] })
  const third = await c.oneWay(c.alice, bob)
  await c.say(c.alice, third, { body: 'one-way again' })
  const fourth = await c.oneWay(bob, c.alice)
  await c.say(bob, fourth, { exchanges: [third.exchange.exchange] })
}

const withMembers = (envelope: string, members: object): string =>
  JSON.stringify({ ...(JSON.parse(envelope) as object), ...members }) // our own envelope

function flipFirst(bytes: Bytes): Bytes {
  const flipped = bytes.slice()
  flipped[0] = (flipped[0] ?? 0) ^ 1
  return flipped
}

const fixedId = (number: number): string => toBase64url(new Uint8Array(16).fill(number))

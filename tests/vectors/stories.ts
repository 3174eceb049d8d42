/** The conversations of the files of vectors, one for each thing that the specification decides. */
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { fixedId, withMembers } from './alter.ts'
import { beginConversation, type Conversation } from './conversation.ts'
import {
  tellBadOffers,
  tellBadPrekeys,
  tellBadRefreshes,
  tellHostileServer,
  tellUnreadable,
} from './refused-stories.ts'

export interface Story {
  readonly name: string
  readonly accounts: { readonly alice: number; readonly bob: number }
  readonly tell: (conversation: Conversation) => Promise<void>
}

const SMALL = { alice: 7, bob: 12 }
const LARGEST = { alice: 9_007_199_254_740_991, bob: 1 }

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

/** What came with later kinds of content: the first file stays as it is. */
export const SHARING_STORIES: readonly Story[] = [
  { name: 'shared history', accounts: SMALL, tell: tellSharedHistory },
  { name: 'pieces that are refused', accounts: { alice: 400, bob: 31 }, tell: tellRefusedPieces },
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

async function tellSharedHistory(c: Conversation): Promise<void> {
  const first = await c.answer(c.bob, await c.offer(c.alice))
  const hello = await c.say(c.alice, first, { body: 'Hello Bob' })
  const second = await c.refresh(c.alice, first)
  const refresh = c.entries.at(-1)?.id ?? ''
  const reply = await c.say(c.bob, second, { body: 'Grüße, 👋🏽', replyTo: hello })
  const alice = await c.makeNewIdentity(c.alice)
  const keys = await c.answer(c.bob, await c.offer(alice))
  const ask = await c.say(alice, keys, { from: 3, to: 5 })
  const [a, b] = [c.alice.account, c.bob.account]
  const pieces = [
    { id: hello, seq: 3, by: a, body: 'Hello Bob' },
    { id: refresh, seq: 4, by: a, body: null },
  ]
  await c.say(c.bob, keys, { ask, rest: 1, pieces })
  await c.say(c.bob, keys, { ask, rest: 0, pieces: [{ id: reply, seq: 5, by: b, body: 'Grüße, 👋🏽' }] })
  await c.say(alice, keys, { body: 'Thank you' })
}

async function tellRefusedPieces(c: Conversation): Promise<void> {
  const first = await c.answer(c.alice, await c.offer(c.bob))
  const one = await c.say(c.alice, first, { body: 'one' })
  const two = await c.say(c.bob, first, { body: 'two' })
  const three = await c.say(c.bob, first, { body: 'three' })
  const bob = await c.makeNewIdentity(c.bob)
  const keys = await c.answer(c.alice, await c.offer(bob))
  const [a, b] = [c.alice.account, c.bob.account]
  const unasked = { id: one, seq: 3, by: a, body: 'one' }
  await c.say(c.alice, keys, { ask: two, rest: 0, pieces: [unasked] })
  const ask = await c.say(bob, keys, { from: 3, to: 4 })
  const pieces = [
    { id: one, seq: 3, by: b, body: 'one' },
    { id: two, seq: 3, by: b, body: 'two' },
    { id: three, seq: 5, by: b, body: 'three' },
    { id: toBase64url(new Uint8Array(16)), seq: 4, by: b, body: 'four' },
  ]
  await c.say(c.alice, keys, { ask, rest: 9, pieces })
  await c.say(bob, keys, { ask, rest: 0, pieces: [unasked] })
}

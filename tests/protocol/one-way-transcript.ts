import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { makeChange, readChange } from '../../pwa/protocol/change.ts'
import type { KnownContent } from '../../pwa/protocol/content.ts'
import { openMessage, sealMessage } from '../../pwa/protocol/envelope.ts'
import { answerOffer, completeOffer, makeOffer, type Party } from '../../pwa/protocol/exchange.ts'
import { makeIdentity } from '../../pwa/protocol/identity.ts'
import { deriveKeySet, type KeySet } from '../../pwa/protocol/key-set.ts'
import { acceptOneWay, beginOneWay, makePrekey } from '../../pwa/protocol/one-way.ts'
import { chainEntry, emptyLog } from '../../pwa/protocol/log-state.ts'
import type { Entry } from '../../server/wire/log.ts'
import { seededPrimitives } from './seeded-primitives.ts'
import { OFFERED_AT, writeKeyPair, writeKeySet, type Beginning } from './transcripts.ts'
import {
  makeTools,
  parseAnswer,
  parseChange,
  parseMessage,
  parseOffer,
  parsePrekey,
  textContent,
} from './two-parties.ts'

/**
 * A whole conversation that begins while the other side is away: Alice's one-way exchange with a refresh in it, Bob's own,
 * a two-way exchange, a report of what was lost, and what is sent again.
 */
export async function makeOneWayTranscript({ seed, accounts }: Beginning) {
  const tools = makeTools(seededPrimitives(`letterlock one-way ${seed}`))
  const alice: Party = { account: accounts.alice, identity: await makeIdentity(tools) }
  const bob: Party = { account: accounts.bob, identity: await makeIdentity(tools) }
  const atAlice = { self: alice.account, contact: bob.account }
  const atBob = { self: bob.account, contact: alice.account }
  const [lower = 0, higher = 0] = Object.values(accounts).toSorted((a, b) => a - b)
  const entries: Entry[] = []
  let state = await emptyLog(tools, lower, higher)
  const hashes = [state.hash]
  const opened: unknown[] = []
  const makeEntryId = () => toBase64url(tools.primitives.random(16))

  async function append(sender: number, envelope: string, id = makeEntryId()): Promise<string> {
    const seq = state.seq + 1
    const entry = { seq, id, sender, acceptedAt: OFFERED_AT + 250 * seq, envelope }
    entries.push(entry)
    state = await chainEntry(tools, state, entry)
    hashes.push(state.hash)
    return id
  }

  async function send(
    from: typeof atAlice,
    keys: { own: KeySet; theirs: KeySet },
    {
      iv,
      ...content
    }: { iv: bigint } & (
      { kind: 'text'; body: string; again?: string } | { kind: 'lost'; exchanges: string[] }
    ),
  ): Promise<string> {
    const entryId = makeEntryId()
    const { sentAt, ...head } = textContent('', { n: Number(iv), log: { seq: state.seq, hash: state.hash } })
    const whole: KnownContent = { sentAt, n: head.n, log: head.log, ...content }
    const text = await sealMessage(tools, { keySet: keys.own, iv, entryId, content: whole, ...from })
    const stored = { envelope: parseMessage(text), entryId, sender: from.self, recipient: from.contact }
    opened.push(await openMessage(tools, { keySet: keys.theirs, ...stored, self: from.contact }))
    return append(from.self, text, entryId)
  }

  async function oneWay(from: Party, to: Party) {
    const prekey = await makePrekey(tools)
    const drawn = { id: prekey.id, key: toBase64url(prekey.keyPair.publicKey) }
    const identity = toBase64url(to.identity.publicKey)
    const begun = await beginOneWay(tools, { self: from, contact: to.account, identity, prekey: drawn })
    const envelope = parsePrekey(begun.envelope)
    const accepted = await acceptOneWay(tools, { self: to, contact: from.account, prekey, envelope })
    if (accepted === null) throw new Error('the prekey envelope did not verify')
    await append(from.account, begun.envelope)
    return {
      prekey: writePrekey(prekey),
      secret: begun.established,
      own: begun.keySet,
      theirs: accepted.keySet,
    }
  }

  const byAlice = await oneWay(alice, bob)
  await send(atAlice, byAlice, { iv: 1n, kind: 'text', body: 'while you are away' })
  const lostId = await send(atAlice, byAlice, { iv: 2n, kind: 'text', body: 'für später 🌙' })
  const change = await makeChange(tools, {
    current: byAlice.own,
    secret: byAlice.secret,
    lastIv: 2n,
    ...atAlice,
  })
  const seen = await readChange(tools, {
    current: byAlice.theirs,
    secret: byAlice.secret,
    envelope: parseChange(change.envelope),
    sender: alice.account,
    ...atBob,
  })
  if (!('next' in seen)) throw new Error('the change was refused')
  await append(alice.account, change.envelope)
  await send(
    atAlice,
    { own: change.next, theirs: seen.next },
    { iv: 1n, kind: 'text', body: 'under new keys' },
  )

  const byBob = await oneWay(bob, alice)
  await send(atBob, byBob, { iv: 1n, kind: 'text', body: 'and I while you are' })

  const offered = await makeOffer(tools, { self: alice, contact: bob.account })
  const answered = await answerOffer(tools, {
    self: bob,
    contact: alice.account,
    offer: parseOffer(offered.envelope),
  })
  const answer = parseAnswer(answered.envelope)
  const secret = await completeOffer(tools, { self: alice, contact: bob.account, half: offered.half, answer })
  if (secret === null) throw new Error('the answer did not verify')
  await append(alice.account, offered.envelope)
  await append(bob.account, answered.envelope)
  const aliceKeys = await deriveKeySet(tools, { exchange: secret, salt: answer.salt, ...atAlice })
  const bobKeys = await deriveKeySet(tools, { exchange: secret, salt: answer.salt, ...atBob })
  const { exchange } = byAlice.secret
  await send(atBob, { own: bobKeys, theirs: aliceKeys }, { iv: 1n, kind: 'lost', exchanges: [exchange] })
  const again = { iv: 1n, kind: 'text', body: 'für später 🌙', again: lostId } as const
  await send(atAlice, { own: aliceKeys, theirs: bobKeys }, again)

  return {
    seed,
    accounts,
    identities: { alice: writeKeyPair(alice.identity), bob: writeKeyPair(bob.identity) },
    prekeys: { alice: byBob.prekey, bob: byAlice.prekey },
    secrets: [byAlice.secret, byBob.secret, secret].map((one) => ({
      exchange: one.exchange,
      secret: toBase64url(one.secret),
      transcript: toBase64url(one.transcript),
    })),
    keySets: {
      alice: [byAlice.own, change.next, byBob.theirs, aliceKeys].map(writeKeySet),
      bob: [byAlice.theirs, seen.next, byBob.own, bobKeys].map(writeKeySet),
    },
    entries,
    hashes,
    opened,
  }
}

export type OneWayTranscript = Awaited<ReturnType<typeof makeOneWayTranscript>>

const writePrekey = ({ id, keyPair }: Awaited<ReturnType<typeof makePrekey>>) => ({
  id,
  ...writeKeyPair(keyPair),
})

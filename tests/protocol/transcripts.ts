import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { makeChange, readChange } from '../../pwa/protocol/change.ts'
import { openMessage, sealMessage } from '../../pwa/protocol/envelope.ts'
import type { KeySet } from '../../pwa/protocol/key-set.ts'
import { chainEntry, emptyLog } from '../../pwa/protocol/log-state.ts'
import type { LogState } from '../../pwa/protocol/log-state.ts'
import type { Entry } from '../../server/wire/log.ts'
import { seededPrimitives } from './seeded-primitives.ts'
import { makeTools, meet, parseChange, parseMessage, textContent } from './two-parties.ts'

export const OFFERED_AT = 1_790_000_000_000

/** What a transcript begins with: everything else follows from it. */
export const BEGINNINGS = [
  { seed: 'one', accounts: { alice: 7, bob: 12 } },
  { seed: 'two', accounts: { alice: 9_007_199_254_740_991, bob: 1 } },
  { seed: 'three', accounts: { alice: 400, bob: 9_007_199_254_740_990 } },
] as const

export type Beginning = (typeof BEGINNINGS)[number]

/** A whole conversation: exchange, messages both ways, crossing refreshes, messages again, and its log. */
export async function makeTranscript({ seed, accounts }: Beginning) {
  const tools = makeTools(seededPrimitives(`letterlock ${seed}`))
  const parties = await meet(tools, accounts)
  const { alice, bob, aliceSecret, bobSecret, aliceKeys, bobKeys } = parties
  const atAlice = { self: alice.account, contact: bob.account }
  const atBob = { self: bob.account, contact: alice.account }
  const entries: Entry[] = []
  let state = await emptyLog(
    tools,
    Math.min(...Object.values(accounts)),
    Math.max(...Object.values(accounts)),
  )
  const hashes = [state.hash]

  const makeEntryId = () => toBase64url(tools.primitives.random(16))

  async function append(sender: number, id: string, envelope: string): Promise<LogState> {
    const seq = state.seq + 1
    const entry = { seq, id, sender, acceptedAt: OFFERED_AT + 250 * seq, envelope }
    entries.push(entry)
    state = await chainEntry(tools, state, entry)
    hashes.push(state.hash)
    return state
  }

  async function send(from: typeof atAlice, keys: { own: KeySet; theirs: KeySet }, iv: bigint, body: string) {
    const entryId = makeEntryId()
    const log = { seq: state.seq, hash: state.hash }
    const content = textContent(body, { n: Number(iv), log })
    const text = await sealMessage(tools, { keySet: keys.own, iv, entryId, content, ...from })
    const stored = { envelope: parseMessage(text), entryId, sender: from.self, recipient: from.contact }
    const opened = await openMessage(tools, { keySet: keys.theirs, ...stored, self: from.contact })
    await append(from.self, entryId, text)
    return opened
  }

  await append(alice.account, makeEntryId(), parties.offer)
  await append(bob.account, makeEntryId(), parties.answer)
  const opened = [
    await send(atAlice, { own: aliceKeys, theirs: bobKeys }, 1n, 'Hello Bob'),
    await send(atBob, { own: bobKeys, theirs: aliceKeys }, 1n, 'Grüße, 你好, 👋🏽'),
    await send(atAlice, { own: aliceKeys, theirs: bobKeys }, 2n, ''),
  ]

  const byAlice = await makeChange(tools, {
    current: aliceKeys,
    secret: aliceSecret,
    lastIv: 2n,
    ...atAlice,
  })
  const byBob = await makeChange(tools, { current: bobKeys, secret: bobSecret, lastIv: 1n, ...atBob })
  const seenByBob = await readChange(tools, {
    current: bobKeys,
    secret: bobSecret,
    envelope: parseChange(byAlice.envelope),
    sender: alice.account,
    ...atBob,
  })
  const seenByAlice = await readChange(tools, {
    current: aliceKeys,
    secret: aliceSecret,
    envelope: parseChange(byBob.envelope),
    sender: bob.account,
    ...atAlice,
  })
  if (!('next' in seenByBob) || !('next' in seenByAlice)) throw new Error('a change was refused')
  await append(alice.account, makeEntryId(), byAlice.envelope)
  await append(bob.account, makeEntryId(), byBob.envelope)
  opened.push(
    await send(atAlice, { own: byAlice.next, theirs: seenByBob.next }, 1n, 'under my own new keys'),
    await send(atBob, { own: byBob.next, theirs: seenByAlice.next }, 1n, 'and I under mine'),
  )

  return {
    seed,
    accounts,
    identities: { alice: writeKeyPair(alice.identity), bob: writeKeyPair(bob.identity) },
    exchangeKeys: {
      alice: writeKeyPair(parties.aliceHalf.keyPair),
      bob: writeKeyPair(parties.bobHalf.keyPair),
    },
    secret: toBase64url(aliceSecret.secret),
    transcript: toBase64url(aliceSecret.transcript),
    keySets: {
      alice: [aliceKeys, byAlice.next, seenByAlice.next].map(writeKeySet),
      bob: [bobKeys, seenByBob.next, byBob.next].map(writeKeySet),
    },
    entries,
    hashes,
    opened,
  }
}

export type Transcript = Awaited<ReturnType<typeof makeTranscript>>

export function writeKeyPair({ publicKey, privateKey }: { publicKey: Uint8Array; privateKey: Uint8Array }) {
  return { publicKey: toBase64url(publicKey), privateKey: toBase64url(privateKey) }
}

export function writeKeySet({ id, epoch, salt, send, receive }: KeySet) {
  const write = (keys: typeof send) => ({ aes: toBase64url(keys.aes), mac: toBase64url(keys.mac) })
  return { id, epoch, salt, send: write(send), receive: write(receive) }
}

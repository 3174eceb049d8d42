/** A conversation that a story tells entry by entry, with the real protocol and seeded randomness. */
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { makeChange } from '../../pwa/protocol/change.ts'
import type { KnownContent, Piece } from '../../pwa/protocol/content.ts'
import { sealMessage } from '../../pwa/protocol/envelope.ts'
import { answerOffer, makeOffer, type ExchangeSecret, type Party } from '../../pwa/protocol/exchange.ts'
import { makeIdentity } from '../../pwa/protocol/identity.ts'
import { deriveKeySet } from '../../pwa/protocol/key-set.ts'
import { beginOneWay, makePrekey, type OwnPrekey } from '../../pwa/protocol/one-way.ts'
import { chainEntry, emptyLog } from '../../pwa/protocol/log-state.ts'
import type { KeyPair, Primitives } from '../../pwa/protocol/primitives.ts'
import type { ProtocolTools } from '../../pwa/protocol/tools.ts'
import type { Entry } from '../../server/wire/log.ts'
import { seededPrimitives } from '../protocol/seeded-primitives.ts'
import { parseOffer } from '../protocol/two-parties.ts'

const BEGUN_AT = 1_790_000_000_000
const STEP_MS = 250

/** The keys of one epoch, for whoever seals. */
export interface Keys {
  readonly exchange: ExchangeSecret
  readonly salt: string
}

/** Where and how an entry lands. */
export interface Landing {
  readonly id?: string
  /** Since the entry before it, by the server's clock. */
  readonly afterMs?: number
}

type Words =
  | { readonly body: string; readonly again?: string; readonly replyTo?: string }
  | { readonly exchanges: string[] }
  | { readonly from: number; readonly to: number }
  | { readonly ask: string; readonly rest: number; readonly pieces: Piece[] }

/** What a writer may do that no honest client does. */
interface Tricks {
  readonly skipIvs?: number
  readonly n?: number
  readonly log?: { readonly seq: number; readonly hash: string }
  /** Changes the ciphertext before its MAC is made. */
  readonly encrypt?: Primitives['encrypt']
}

interface RefreshTricks {
  /** Another than the last one used. */
  readonly lastIv?: bigint
  readonly skipEpochs?: number
}

export type Conversation = Awaited<ReturnType<typeof beginConversation>>

function contentOf(head: Pick<KnownContent, 'sentAt' | 'n' | 'log'>, words: Words): KnownContent {
  if ('exchanges' in words) return { kind: 'lost', ...head, ...words }
  if ('pieces' in words) return { kind: 'share', ...head, ...words }
  if ('from' in words) return { kind: 'ask', ...head, ...words }
  return { kind: 'text', ...head, ...words }
}

export async function beginConversation(seed: string, accounts: { alice: number; bob: number }) {
  const keyPairs: KeyPair[] = []
  const prekeys: OwnPrekey[] = []
  const seeded = seededPrimitives(`letterlock/v1 ${seed}`)
  const primitives: Primitives = { ...seeded, generateKeyPair }
  const tools: ProtocolTools = { primitives, log: () => undefined }
  const alice: Party = { account: accounts.alice, identity: await makeIdentity(tools) }
  const bob: Party = { account: accounts.bob, identity: await makeIdentity(tools) }
  const [lower, higher] =
    alice.account < bob.account ? [alice.account, bob.account] : [bob.account, alice.account]
  const entries: Entry[] = []
  const used = new Map<string, { iv: bigint; n: number }>()
  let state = await emptyLog(tools, lower, higher)

  async function generateKeyPair(): Promise<KeyPair> {
    const keyPair = await seeded.generateKeyPair()
    keyPairs.push(keyPair)
    return keyPair
  }

  const contactOf = ({ account }: Party): number => (account === lower ? higher : lower)
  const makeId = (): string => toBase64url(primitives.random(16))

  /** Puts an envelope into the log, as of `sender`; returns the entry's id. */
  async function append(sender: Party, envelope: string, landing: Landing = {}): Promise<string> {
    const { id = makeId(), afterMs = STEP_MS } = landing
    const acceptedAt = (entries.at(-1)?.acceptedAt ?? BEGUN_AT) + afterMs
    const entry: Entry = { seq: state.seq + 1, id, sender: sender.account, acceptedAt, envelope }
    state = await chainEntry(tools, state, entry)
    entries.push(entry)
    return id
  }

  async function offer(from: Party, landing?: Landing): Promise<string> {
    const { envelope } = await makeOffer(tools, { self: from, contact: contactOf(from) })
    await append(from, envelope, landing)
    return envelope
  }

  /** An answer and the keys of epoch 1, whether the log takes it or not. */
  async function makeAnswer(from: Party, envelope: string): Promise<Keys & { envelope: string }> {
    const contact = contactOf(from)
    const answered = await answerOffer(tools, { self: from, contact, offer: parseOffer(envelope) })
    return { exchange: answered.established, salt: answered.salt, envelope: answered.envelope }
  }

  async function answer(from: Party, envelope: string, landing?: Landing): Promise<Keys> {
    const answered = await makeAnswer(from, envelope)
    await append(from, answered.envelope, landing)
    return answered
  }

  async function stockPrekey(): Promise<OwnPrekey> {
    const prekey = await makePrekey(tools)
    prekeys.push(prekey)
    return prekey
  }

  async function oneWay(from: Party, to: Party, drawn?: OwnPrekey): Promise<Keys> {
    const { id, keyPair } = drawn ?? (await stockPrekey())
    const begun = await beginOneWay(tools, {
      self: from,
      contact: to.account,
      identity: toBase64url(to.identity.publicKey),
      prekey: { id, key: toBase64url(keyPair.publicKey) },
    })
    await append(from, begun.envelope)
    return { exchange: begun.established, salt: begun.keySet.salt }
  }

  const keySetOf = ({ exchange, salt }: Keys, self: Party) =>
    deriveKeySet(tools, { exchange, salt, self: self.account, contact: contactOf(self) })

  async function seal(from: Party, keys: Keys, words: Words, tricks: Tricks & Landing = {}): Promise<string> {
    const keySet = await keySetOf(keys, from)
    const name = `${from.account} ${keySet.id}`
    const before = used.get(name) ?? { iv: 0n, n: 0 }
    const iv = before.iv + 1n + BigInt(tricks.skipIvs ?? 0)
    const n = tricks.n ?? before.n + 1
    used.set(name, { iv, n })
    const head = {
      sentAt: (entries.at(-1)?.acceptedAt ?? BEGUN_AT) + 40,
      n,
      log: tricks.log ?? { seq: state.seq, hash: state.hash },
    }
    const content = contentOf(head, words)
    const sealing = {
      ...tools,
      primitives: { ...primitives, ...(tricks.encrypt && { encrypt: tricks.encrypt }) },
    }
    const entryId = tricks.id ?? makeId()
    return sealMessage(sealing, {
      keySet,
      iv,
      entryId,
      content,
      self: from.account,
      contact: contactOf(from),
    })
  }

  /** Seals and appends; returns the entry's id. */
  async function say(from: Party, keys: Keys, words: Words, how: Tricks & Landing = {}): Promise<string> {
    const id = how.id ?? makeId()
    return append(from, await seal(from, keys, words, { ...how, id }), { ...how, id })
  }

  async function makeRefresh(
    from: Party,
    keys: Keys,
    { lastIv, skipEpochs = 0 }: RefreshTricks = {},
  ): Promise<Keys & { envelope: string }> {
    const current = await keySetOf(keys, from)
    const { envelope, next } = await makeChange(tools, {
      current: { ...current, epoch: current.epoch + skipEpochs },
      secret: keys.exchange,
      lastIv: lastIv ?? used.get(`${from.account} ${current.id}`)?.iv ?? 0n,
      self: from.account,
      contact: contactOf(from),
    })
    return { exchange: keys.exchange, salt: next.salt, envelope }
  }

  async function refresh(from: Party, keys: Keys, tricks?: RefreshTricks): Promise<Keys> {
    const refreshed = await makeRefresh(from, keys, tricks)
    await append(from, refreshed.envelope)
    return refreshed
  }

  return {
    accounts,
    alice,
    bob,
    tools,
    entries,
    keyPairs,
    prekeys,
    /** The log's head, as a message names it. */
    head: () => ({ seq: state.seq, hash: state.hash }),
    makeNewIdentity: async (of: Party): Promise<Party> => ({ ...of, identity: await makeIdentity(tools) }),
    append,
    offer,
    makeAnswer,
    answer,
    stockPrekey,
    oneWay,
    seal,
    say,
    makeRefresh,
    refresh,
  }
}

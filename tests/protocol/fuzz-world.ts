/** Bob's browser with a log that Alice wrote in, and good envelopes of every kind that may come next. */
import type { Entry, LogPage } from '../../server/wire/log.ts'
import { parseEnvelope } from '../../server/wire/envelope.ts'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import type { LogRow } from '../../pwa/client/history/database.ts'
import { readEntry } from '../../pwa/client/sync/read-entry.ts'
import { toBase64url, utf8 } from '../../pwa/protocol/bytes.ts'
import { makeChange } from '../../pwa/protocol/change.ts'
import type { KnownContent } from '../../pwa/protocol/content.ts'
import { sealMessage } from '../../pwa/protocol/envelope.ts'
import { answerOffer, makeOffer } from '../../pwa/protocol/exchange.ts'
import { beginOneWay, makePrekey, type OwnPrekey } from '../../pwa/protocol/one-way.ts'
import { emptyLog } from '../../pwa/protocol/log-state.ts'
import { webCrypto } from '../../pwa/protocol/primitives.ts'
import { freshAccountId, freshId } from '../client/account-databases.ts'
import { Browser } from '../client/person.ts'
import { meet, parseOffer, textContent, type TwoParties } from './two-parties.ts'

const AT_MS = 1_790_000_000_000
/** Without a crypto log: a million entries would fill the memory with it. */
export const QUIET_TOOLS = { primitives: webCrypto(globalThis.crypto), log: () => undefined }

export interface FuzzWorld {
  readonly browser: Browser
  readonly door: AccountDoor
  readonly parties: TwoParties
  /** Bob's; the good prekey envelope names it. */
  readonly prekey: OwnPrekey
  /** What Bob has read: a two-way exchange and a message, then an offer of his own that is open. */
  readonly log: LogRow
  /** Items of Bob's localStorage other than prekeys. */
  readonly heldItems: Set<string>
  /** Good entries, each of which may stand next. */
  readonly nextEntries: readonly Entry[]
  /** A good page that begins after `log`. */
  readonly page: LogPage
}

export async function makeWorld(): Promise<FuzzWorld> {
  const [lower, higher] = [freshAccountId(), freshAccountId()].toSorted((a, b) => a - b)
  if (lower === undefined || higher === undefined) throw new Error('two accounts are wanted')
  const parties = await meet(QUIET_TOOLS, { alice: lower, bob: higher })
  const { alice, bob } = parties
  const browser = new Browser('http://nowhere.invalid')
  browser.isOffline = true
  const door = await browser.openTab({ id: bob.account, username: 'bob' })
  const { vault, database } = door.open
  const answerId = freshId()
  await vault.storeIdentity(bob.identity)
  await vault.storeSecret(answerId, parties.bobSecret)
  await vault.storeSalt(parties.bobSecret.exchange, parties.bobKeys.id, parties.salt)
  const prekey = await makePrekey(QUIET_TOOLS)
  await vault.storePrekeys([prekey])
  const bobOffer = await makeOffer(QUIET_TOOLS, { self: bob, contact: alice.account })
  const offerId = freshId()
  await vault.storeHalf(offerId, bobOffer.half)

  let log: LogRow = {
    conversation: alice.account,
    state: await emptyLog(QUIET_TOOLS, alice.account, bob.account),
    sealing: null,
    announced: null,
  }
  const nextEntry = (sender: number, envelope: string, id = freshId()): Entry => {
    const seq = log.state.seq + 1
    return { seq, id, sender, acceptedAt: AT_MS + 100 * seq, envelope }
  }
  const read = async (entry: Entry): Promise<void> => {
    log = (await readEntry(contextOf(door, log, entry), log)).log
  }
  await read(nextEntry(alice.account, parties.offer))
  await read(nextEntry(bob.account, parties.answer, answerId))
  await read(await sealedBy(parties, nextEntry, 1n, textContent('first', { n: 1, log: referenceTo(log) })))
  await read(nextEntry(bob.account, bobOffer.envelope, offerId))
  await database.logs.put(log)

  const nextEntries = await listNextEntries({ parties, prekey, offer: bobOffer.envelope, log, nextEntry })
  const [first] = nextEntries
  if (!first) throw new Error('there are no good entries')
  const page = { contact: alice.account, after: log.state.seq, entries: [first], head: first.seq }
  const heldItems = new Set([...browser.storage.items.keys()].filter((name) => !name.includes('/prekey/')))
  return { browser, door, parties, prekey, log: freeze(log), heldItems, nextEntries, page }
}

/** What `readEntry` is given for an entry that this browser knows nothing of. */
export const contextOf = ({ open }: AccountDoor, { conversation }: LogRow, entry: Entry) => ({
  open,
  conversation,
  entry,
  known: { message: undefined, outbox: undefined, isShown: false },
  hashAt: () => Promise.resolve(null),
})

/** So that a change of what was read before is an error at once. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}

const referenceTo = ({ state }: LogRow) => ({ seq: state.seq, hash: state.hash })

type NextEntry = (sender: number, envelope: string, id?: string) => Entry

async function sealedBy(
  { alice, bob, aliceKeys }: TwoParties,
  nextEntry: NextEntry,
  iv: bigint,
  content: KnownContent,
): Promise<Entry> {
  const entryId = freshId()
  const direction = { self: alice.account, contact: bob.account }
  const envelope = await sealMessage(QUIET_TOOLS, { keySet: aliceKeys, iv, entryId, content, ...direction })
  return nextEntry(alice.account, envelope, entryId)
}

async function listNextEntries({
  parties,
  prekey,
  offer,
  log,
  nextEntry,
}: {
  parties: TwoParties
  prekey: OwnPrekey
  offer: string
  log: LogRow
  nextEntry: NextEntry
}): Promise<Entry[]> {
  const { alice, bob, aliceKeys, bobKeys, aliceSecret } = parties
  const ofAlice = { self: alice.account, contact: bob.account }
  const said = { n: 2, log: referenceTo(log) }
  const ownId = freshId()
  const own = { keySet: bobKeys, iv: 1n, entryId: ownId, content: textContent('mine', said) }
  const change = await makeChange(QUIET_TOOLS, {
    current: aliceKeys,
    secret: aliceSecret,
    lastIv: 1n,
    ...ofAlice,
  })
  const answer = await answerOffer(QUIET_TOOLS, {
    self: alice,
    contact: bob.account,
    offer: parseOffer(offer),
  })
  const begun = await beginOneWay(QUIET_TOOLS, {
    self: alice,
    contact: bob.account,
    identity: toBase64url(bob.identity.publicKey),
    prekey: { id: prekey.id, key: toBase64url(prekey.keyPair.publicKey) },
  })
  const { envelope: crossing } = await makeOffer(QUIET_TOOLS, { self: alice, contact: bob.account })
  const lost: KnownContent = { kind: 'lost', sentAt: AT_MS, ...said, exchanges: [aliceSecret.exchange] }
  const ask: KnownContent = { kind: 'ask', sentAt: AT_MS, ...said, from: 1, to: 1 }
  const piece = { id: freshId(), seq: 1, by: bob.account, body: 'mine' }
  const share: KnownContent = { kind: 'share', sentAt: AT_MS, ...said, ask: ownId, rest: 0, pieces: [piece] }
  return [
    await sealedBy(parties, nextEntry, 2n, textContent('hello', said)),
    await sealedBy(
      parties,
      nextEntry,
      9n,
      textContent('again', { ...said, replyTo: freshId(), again: freshId() }),
    ),
    await sealedBy(parties, nextEntry, 3n, lost),
    await sealedBy(parties, nextEntry, 4n, ask),
    await sealedBy(parties, nextEntry, 5n, share),
    nextEntry(
      bob.account,
      await sealMessage(QUIET_TOOLS, { ...own, self: bob.account, contact: alice.account }),
      ownId,
    ),
    nextEntry(alice.account, change.envelope),
    nextEntry(alice.account, answer.envelope),
    nextEntry(alice.account, begun.envelope),
    nextEntry(alice.account, crossing),
  ]
}

/** One text for the same meaning, whatever the order of members and the white space. Only a message is bound to its entry id. */
export function meaningOf({ sender, id, envelope }: Entry): string | null {
  const parsed = parseEnvelope(envelope)
  if (parsed === null) return null
  const members = Object.entries(parsed).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([sender, parsed.type === 'msg' ? id : '', members])
}

/** A content of any bytes, sealed well by Alice as the next entry. */
export async function sealBytes(
  { parties, log }: FuzzWorld,
  plaintext: Uint8Array<ArrayBuffer>,
): Promise<Entry> {
  const { alice, bob, aliceKeys } = parties
  const id = freshId()
  const iv = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)
  const context = utf8(`CHAT_MSG_USER${alice.account}to${bob.account}|${aliceKeys.id}|${id}`)
  const { primitives } = QUIET_TOOLS
  const ciphertext = await primitives.encrypt(aliceKeys.send.aes, iv, plaintext, context)
  const signed = new Uint8Array([...iv, ...context, ...ciphertext])
  const envelope = {
    type: 'msg',
    exchange: aliceKeys.exchange,
    keys: aliceKeys.id,
    IV: toBase64url(iv),
    ciphertext: toBase64url(ciphertext),
    MAC: toBase64url(await primitives.hmac(aliceKeys.send.mac, signed)),
  }
  const { seq, acceptedAt } = log.state
  return { seq: seq + 1, id, sender: alice.account, acceptedAt, envelope: JSON.stringify(envelope) }
}

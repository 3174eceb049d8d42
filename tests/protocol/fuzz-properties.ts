/** What must hold for every input, however it was made: only typed errors, and no state changed by what is refused. */
import * as fc from 'fast-check'
import * as v from 'valibot'
import { parseEnvelope } from '../../server/wire/envelope.ts'
import { entry as entrySchema, logPage, type Entry, type LogPage } from '../../server/wire/log.ts'
import { drawnPrekey } from '../../server/wire/prekey.ts'
import { streamEvent } from '../../server/wire/stream.ts'
import { readEvents } from '../../pwa/client/api/event-stream.ts'
import { createApi, Refused, Unreachable } from '../../pwa/client/api/http.ts'
import { readEntry } from '../../pwa/client/sync/read-entry.ts'
import type { Reading } from '../../pwa/client/sync/reading.ts'
import { receivePage } from '../../pwa/client/sync/receive-page.ts'
import { equalBytes, toBase64url } from '../../pwa/protocol/bytes.ts'
import { readContent, writeContent } from '../../pwa/protocol/content.ts'
import { answerOffer } from '../../pwa/protocol/exchange.ts'
import { beginOneWay } from '../../pwa/protocol/one-way.ts'
import { ProtocolError } from '../../pwa/protocol/protocol-error.ts'
import { freshId } from '../client/account-databases.ts'
import { mutateAll, mutations } from '../support/mutated-json.ts'
import { contextOf, meaningOf, QUIET_TOOLS, sealBytes, type FuzzWorld } from './fuzz-world.ts'
import { HASH } from './two-parties.ts'

/** How many inputs ended in which way. */
export type Counts = Map<string, number>
type Property = (world: FuzzWorld, count: (outcome: string) => void) => fc.IAsyncProperty<unknown>

/** Around a good envelope, the server can lie as well. */
const lies = fc.oneof(
  { weight: 9, arbitrary: fc.constant('none' as const) },
  fc.constantFrom('other sender', 'third account', 'earlier', 'repeated seq', 'later seq', 'other id'),
)

function lie(entry: Entry, world: FuzzWorld, about: string): Entry {
  const { lower, higher, seq } = world.log.state
  switch (about) {
    case 'other sender':
      return { ...entry, sender: lower + higher - entry.sender }
    case 'third account':
      return { ...entry, sender: entry.sender + 1 }
    case 'earlier':
      return { ...entry, acceptedAt: 1 }
    case 'repeated seq':
      return { ...entry, seq }
    case 'later seq':
      return { ...entry, seq: seq + 2 }
    case 'other id':
      return { ...entry, id: freshId() }
    default:
      return entry
  }
}

/** Entries of a log: what is no good entry touches nothing but the log's own chain, and begins exchanges at the most. */
const entries: Property = (world, count) => {
  const genuine = new Set(world.nextEntries.map(meaningOf))
  return fc.asyncProperty(fc.nat(), mutations, lies, async (which, all, about) => {
    const good = at(world.nextEntries, which)
    const entry = lie({ ...good, envelope: mutateAll(good.envelope, all) }, world, about)
    expectRoundTrip(entry.envelope)
    if (!v.is(entrySchema, entry)) return count('refused by the schema of entries')
    const isGenuine = genuine.has(meaningOf(entry))
    // Its secret would stay in the vault, and open what forged entries of the same exchange hold.
    if (isGenuine && good.envelope.includes('"ECDH"')) return count('a good exchange in another form')
    const reading = await orTyped(readEntry(contextOf(world.door, world.log, entry), world.log))
    if (reading instanceof ProtocolError) return count(`refused as ${reading.code}`)
    expectNothingForged(world, reading, isGenuine)
    await expectVaultKept(world, isGenuine)
    count(outcomeOf(reading, isGenuine))
  })
}

function outcomeOf({ log, lines }: Reading, isGenuine: boolean): string {
  if (isGenuine) return 'the same envelope in another form'
  const refusal = lines.find(({ kind }) => kind === 'unreadable')
  if (refusal) return `shown as ${refusal.text}`
  return log.state.exchanges.at(-1)?.state === 'open' ? 'an answer refused by the rules' : 'an exchange begun'
}

function expectNothingForged({ log: before }: FuzzWorld, { log, lines }: Reading, isGenuine: boolean): void {
  if (isGenuine) return
  const names = ['positions', 'counts', 'lastLogSeq', 'lost'] as const
  const touched: string[] = names.filter((name) => log.state[name] !== before.state[name])
  if (log.sealing !== before.sealing) touched.push('sealing')
  if (log.announced !== before.announced) touched.push('announced')
  const isUnreadable = lines.some(({ kind }) => kind === 'unreadable')
  if (isUnreadable && log.state.exchanges !== before.state.exchanges) touched.push('exchanges')
  if (isUnreadable && log.state.identities !== before.state.identities) touched.push('identities')
  if (touched.length > 0) throw new Error(`a forged entry changed ${touched.join()}`)
  if (lines.some(({ kind }) => ['text', 'lost', 'ask', 'share'].includes(kind)))
    throw new Error('a forged entry is shown')
}

/** A prekey is used up by what names it, good or not; it comes back for the next input. Nothing else moves. */
async function expectVaultKept(world: FuzzWorld, isGenuine: boolean): Promise<void> {
  const { vault } = world.door.open
  const held = [...world.browser.storage.items.keys()].filter((name) => !name.includes('/prekey/'))
  if (!isGenuine && held.length !== world.heldItems.size) throw new Error('a forged entry stored a secret')
  for (const name of held) world.heldItems.add(name)
  if (vault.listPrekeys().length === 0) await vault.storePrekeys([world.prekey])
}

/** What can be parsed is written as what parses to the same. */
function expectRoundTrip(text: string): void {
  const parsed = parseEnvelope(text)
  if (parsed === null) return
  const again = parseEnvelope(JSON.stringify(parsed))
  if (JSON.stringify(again) !== JSON.stringify(parsed)) throw new Error('not what was read')
}

const head = { sentAt: 1_790_000_000_000, n: 2, log: { seq: 1, hash: HASH } }
const CONTENTS = [
  { kind: 'text', ...head, body: 'Grüße, 👋🏽', replyTo: 'A'.repeat(22), again: 'A'.repeat(22) },
  { kind: 'lost', ...head, exchanges: ['A'.repeat(22), 'B'.repeat(21) + 'A'] },
  { kind: 'ask', ...head, from: 1, to: 41 },
  {
    kind: 'share',
    ...head,
    ask: 'A'.repeat(22),
    rest: 3,
    pieces: [
      { id: 'A'.repeat(22), seq: 4, by: 7, body: 'Grüße' },
      { id: 'B'.repeat(21) + 'A', seq: 5, by: 12, body: null },
    ],
  },
  { kind: 'picture', ...head, size: [1, 2, { x: 3 }] },
].map((content) => JSON.stringify(content))

/** Contents of a contact whose keys are good and whose program is not. */
const contents: Property = (world, count) =>
  fc.asyncProperty(fc.nat(), mutations, fc.uint8Array({ maxLength: 3 }), async (which, all, tail) => {
    const text = mutateAll(at(CONTENTS, which), all)
    const plaintext = new Uint8Array([...new TextEncoder().encode(text.slice(0, 60_000)), ...tail])
    const content = readContent(plaintext)
    if (content !== null && content.kind !== 'unknown') {
      const written = await orTyped(Promise.resolve().then(() => writeContent(content)))
      if (!(written instanceof ProtocolError) && !equalBytes(written, writeContent(readKnown(written))))
        throw new Error('not what was read')
    }
    const entry = await sealBytes(world, plaintext)
    const reading = await readEntry(contextOf(world.door, world.log, entry), world.log)
    const line = reading.lines.find(({ id }) => id === entry.id)
    const isRead = content === null ? line?.text === 'content' : line?.kind !== 'unreadable'
    if (!isRead) throw new Error(`shown as ${line?.kind}`)
    count(`read as ${content?.kind ?? 'no content'}`)
  })

function readKnown(bytes: Uint8Array<ArrayBuffer>) {
  const content = readContent(bytes)
  if (content === null || content.kind === 'unknown') throw new Error('what was written cannot be read')
  return content
}

/** Pages from the network: parsed at the border, then applied as a whole or not at all. */
const pages: Property = (world, count) =>
  fc.asyncProperty(mutations, async (all) => {
    const { open } = world.door
    const value = parseJson(mutateAll(JSON.stringify(world.page), all))
    if (!v.is(logPage, value)) return count('refused by the schema of pages')
    const outcome = await receivePage(open, value)
    const after = await open.database.logs.get(world.log.conversation)
    const cursor = world.log.state.seq + (isNextPage(world, value, outcome) ? value.entries.length : 0)
    if (after?.state.seq !== cursor) throw new Error(`the cursor stands at ${after?.state.seq}`)
    await Promise.all([open.database.logs.put(world.log), open.database.messages.clear()])
    count(outcome)
  })

const isNextPage = ({ log }: FuzzWorld, page: LogPage, outcome: string): boolean =>
  outcome === 'applied' && page.contact === log.conversation

/** A prekey from the directory, and an offer from the log: keys that are none raise what the protocol says. */
const foreignKeys: Property = (world, count) => {
  const { alice, bob, offer } = world.parties
  const drawn = JSON.stringify({
    account: alice.account,
    identity: toBase64url(alice.identity.publicKey),
    prekey: { id: freshId(), key: toBase64url(world.parties.aliceHalf.keyPair.publicKey) },
  })
  const self = bob
  const contact = alice.account
  return fc.asyncProperty(fc.boolean(), mutations, async (isOffer, all) => {
    if (isOffer) {
      const parsed = parseEnvelope(mutateAll(offer, all))
      if (parsed?.type !== 'ECDH' || parsed.step !== 'offer') return count('no offer')
      const answered = await orTyped(answerOffer(QUIET_TOOLS, { self, contact, offer: parsed }))
      return count(answered instanceof ProtocolError ? `offer refused as ${answered.code}` : 'offer answered')
    }
    const value = parseJson(mutateAll(drawn, all))
    if (!v.is(drawnPrekey, value) || !value.identity || !value.prekey) return count('no prekey')
    const { identity, prekey } = value
    const begun = await orTyped(beginOneWay(QUIET_TOOLS, { self, contact, identity, prekey }))
    count(begun instanceof ProtocolError ? `prekey refused as ${begun.code}` : 'prekey taken')
  })
}

/** Answers and live events, as a broken proxy would hand them on. */
const responses: Property = (world, count) => {
  const page = JSON.stringify(world.page)
  const events = [
    { type: 'page', page: world.page },
    { type: 'applied', contact: 7, seq: 3 },
    { type: 'hello', now: 1, conversations: [] },
  ].map((event) => JSON.stringify(event))
  return fc.asyncProperty(fc.nat(), fc.boolean(), mutations, async (which, isEvent, all) => {
    if (isEvent) {
      const body = new Response(`data: ${mutateAll(at(events, which), all)}\n\n`).body
      for await (const event of readEvents(body ?? new ReadableStream()))
        if (v.is(streamEvent, event)) count(`an event "${event.type}"`)
      return
    }
    const status = at([200, 400, 503], which)
    const api = createApi(() => Promise.resolve(new Response(mutateAll(page, all), { status })))
    const pulled = await api
      .call('pull', { params: { contact: 7 }, query: { after: 0 } })
      .catch((error: unknown) => {
        if (error instanceof Refused || error instanceof Unreachable) return error
        throw error
      })
    count(pulled instanceof Error ? pulled.name : 'a page')
  })
}

const PROPERTIES = { entries, contents, pages, foreignKeys, responses }
export type PropertyName = keyof typeof PROPERTIES
export const PROPERTY_NAMES = Object.keys(PROPERTIES) as PropertyName[] // its own names

/** Runs a property on that many inputs. Throws with the input that breaks it. */
export async function runProperty(
  name: PropertyName,
  world: FuzzWorld,
  { inputs, counts }: { inputs: number; counts: Counts },
): Promise<void> {
  const count = (outcome: string): void => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  // The world remembers what broke a property: a smaller input would fail for another reason.
  await fc.assert(PROPERTIES[name](world, count), { numRuns: inputs, endOnFailure: true })
  await expectLogKept(world)
}

async function expectLogKept({ door, log }: FuzzWorld): Promise<void> {
  const { logs, messages, outbox } = door.open.database
  const isMoved = (await logs.get(log.conversation))?.state.seq !== log.state.seq
  if (isMoved || (await messages.count()) + (await outbox.count()) > 0)
    throw new Error('reading wrote to the database')
}

function at<T>(list: readonly T[], which: number): T {
  const one = list[which % list.length]
  if (one === undefined) throw new Error('an empty list')
  return one
}

async function orTyped<T>(work: Promise<T>): Promise<T | ProtocolError> {
  return work.catch((error: unknown) => {
    if (error instanceof ProtocolError) return error
    throw error
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

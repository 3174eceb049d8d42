import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { appendEntries } from '../../server/commands/append-entries.ts'
import { moveApplied } from '../../server/commands/move-applied.ts'
import type { Database } from '../../server/database.ts'
import { createLocalBus, type LiveEvent } from '../../server/live/bus.ts'
import { findConversation, listConversations } from '../../server/stores/conversations.ts'
import { listEntriesAfter } from '../../server/stores/entries.ts'
import { ENVELOPE_MOST_BYTES } from '../../server/wire/envelope.ts'
import type { AppendAnswer, LogPage } from '../../server/wire/log.ts'
import { makeAccountAt } from './accounts.ts'
import { type Open, type OpenDatabase, openers } from './databases.ts'
import {
  changeEnvelope,
  entry,
  ivOf,
  keySetBegunBy,
  message,
  messageEnvelope,
  newKeySet,
  type NewEntry,
  offerEnvelope,
} from './entries.ts'
import { makeSecrets } from './secrets.ts'

for (const [name, open] of Object.entries(openers)) contract(name, open)

function contract(name: string, open: Open): void {
  describe(`the log on ${name}`, () => {
    let opened: OpenDatabase | undefined
    let db: Database
    let now = 1_800_000_000_000
    const config = readConfig({})
    const secrets = makeSecrets()
    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    afterAll(() => opened?.remove())

    const makeAccount = () => makeAccountAt(db, now)
    const makePair = async () => [await makeAccount(), await makeAccount()] as const
    const makeLog = (published: LiveEvent[] = []) => {
      const bus = createLocalBus()
      bus.subscribe((event) => published.push(event))
      const append = (sender: number, contact: number, entries: readonly NewEntry[]): Promise<AppendAnswer> =>
        appendEntries(
          { db, bus, config, secrets, clock: () => now, randomBytes },
          { sender, contact, entries },
        )
      return { append, bus }
    }
    const { append } = makeLog()
    const readAll = async (one: number, other: number) => {
      const conversation = await findConversation(db, [one, other])
      if (!conversation) return []
      const { id, head } = conversation
      return listEntriesAfter(db, id, { after: 0, head, mostEntries: 100_000, mostBytes: 2 ** 30 })
    }

    describe('appendEntries', () => {
      test('gives positions from 1 without gaps, to both sides in one log', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const first = await append(a, b, [entry(offerEnvelope()), message(keys, 1)])
        const second = await append(b, a, [message(newKeySet(), 1)])
        expect([...first.stored, ...second.stored].map(({ seq }) => seq)).toEqual([1, 2, 3])
        expect((await readAll(a, b)).map(({ seq, sender }) => [seq, sender])).toEqual([
          [1, a],
          [2, a],
          [3, b],
        ])
      })

      test('returns the very text that was appended', async () => {
        const [a, b] = await makePair()
        const spaced = messageEnvelope(newKeySet(), 1).replaceAll(',', ' ,\n')
        await append(a, b, [entry(spaced)])
        expect((await readAll(a, b))[0]?.envelope).toBe(spaced)
      })

      test('answers an entry id that stands in the log with where it stands, and adds nothing', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const entries = [message(keys, 1), message(keys, 2)]
        const once = await append(a, b, entries)
        now += 1000
        const again = await append(a, b, [...entries, message(keys, 3)])
        expect(again.stored.slice(0, 2)).toEqual(once.stored)
        expect(again.stored[2]?.seq).toBe(3)
        expect(again.refused).toBeNull()
        expect(await readAll(a, b)).toHaveLength(3)
      })

      test('keeps the first envelope of an entry id and says when the second is another', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const first = message(keys, 1)
        await append(a, b, [first])
        const answer = await append(a, b, [{ ...message(keys, 2), id: first.id }])
        expect(answer.stored).toMatchObject([{ seq: 1, isSameEnvelope: false }])
        expect((await readAll(a, b)).map(({ envelope }) => envelope)).toEqual([first.envelope])
      })

      test('looks at the entry id before the IV: an old entry sent again is no refusal', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const old = message(keys, 1)
        await append(a, b, [old, message(keys, 9)])
        expect((await append(a, b, [old])).refused).toBeNull()
      })

      test('answers an entry id that comes twice in one call once', async () => {
        const [a, b] = await makePair()
        const one = message(newKeySet(), 1)
        const answer = await append(a, b, [one, one])
        expect(answer.stored.map(({ seq }) => seq)).toEqual([1, 1])
        expect(await readAll(a, b)).toHaveLength(1)
      })

      test('refuses the entry id of the other side', async () => {
        const [a, b] = await makePair()
        const one = message(newKeySet(), 1)
        await append(a, b, [one])
        const answer = await append(b, a, [one])
        expect(answer).toEqual({ stored: [], refused: { id: one.id, code: 'entry_id_of_other' } })
      })

      test('stores the longest valid prefix and names the first refusal with the mark', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const bad = message(keys, 2)
        const answer = await append(a, b, [message(keys, 1), message(keys, 2), bad, message(keys, 3)])
        expect(answer.stored.map(({ seq }) => seq)).toEqual([1, 2])
        expect(answer.refused).toEqual({ id: bad.id, code: 'iv_not_rising', mark: { keys, IV: ivOf(2) } })
        expect(await readAll(a, b)).toHaveLength(2)
      })

      test('refuses an IV at or below the mark, in a later call as well, and lets it skip', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        await append(a, b, [message(keys, 2 ** 40)])
        for (const count of [1, 2 ** 40])
          expect((await append(a, b, [message(keys, count)])).refused?.code).toBe('iv_not_rising')
        expect((await append(a, b, [message(keys, 2 ** 40 + 7)])).refused).toBeNull()
        expect((await append(a, b, [message(keys, 2 ** 40 + 3)])).refused?.code).toBe('iv_not_rising')
      })

      test('refuses IV 0 under a new key set, and then leaves no conversation behind', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const answer = await append(a, b, [message(keys, 0)])
        expect(answer.refused).toMatchObject({ code: 'iv_not_rising', mark: { keys, IV: ivOf(0) } })
        expect(await findConversation(db, [a, b])).toBeNull()
      })

      test('counts each sender and each conversation by itself', async () => {
        const [a, b] = await makePair()
        const c = await makeAccount()
        const keys = newKeySet()
        for (const [sender, contact] of [
          [a, b],
          [b, a],
          [a, c],
        ] as const)
          expect((await append(sender, contact, [message(keys, 1)])).refused).toBeNull()
      })

      test('follows key sets forwards only', async () => {
        const [a, b] = await makePair()
        const [first, second] = [newKeySet(), newKeySet()]
        await append(a, b, [message(first, 1), message(second, 1)])
        const answer = await append(a, b, [message(first, 2)])
        expect(answer.refused).toMatchObject({
          code: 'key_set_superseded',
          mark: { keys: second, IV: ivOf(1) },
        })
        expect((await append(a, b, [entry(changeEnvelope(first, 2))])).refused?.code).toBe(
          'key_set_superseded',
        )
      })

      test('takes a change whatever its IV says', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const answer = await append(a, b, [message(keys, 5), entry(changeEnvelope(keys, 7))])
        expect(answer.refused).toBeNull()
      })

      test('takes the key set that a change begins, from IV 1', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const change = changeEnvelope(keys, 5)
        const next = keySetBegunBy(change)
        const answer = await append(a, b, [message(keys, 5), entry(change), message(next, 1)])
        expect(answer.refused).toBeNull()
        expect((await append(a, b, [message(next, 1)])).refused).toMatchObject({
          code: 'iv_not_rising',
          mark: { keys: next, IV: ivOf(1) },
        })
      })

      test.each([
        ['a message', (keys: string) => message(keys, 6)],
        ['a second change', (keys: string) => entry(changeEnvelope(keys, 5))],
      ])('refuses %s under a key set that its sender has left by a change', async (_what, late) => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const change = changeEnvelope(keys, 5)
        const superseded = {
          code: 'key_set_superseded',
          mark: { keys: keySetBegunBy(change), IV: ivOf(0) },
        }
        const together = await append(a, b, [message(keys, 5), entry(change), late(keys)])
        expect(together.refused).toMatchObject(superseded)
        expect((await append(a, b, [late(keys)])).refused).toMatchObject(superseded)
        expect(await readAll(a, b)).toHaveLength(2)
      })

      test('takes crossing changes of one key set, one of each side', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        for (const [sender, contact] of [
          [a, b],
          [b, a],
        ] as const)
          expect((await append(sender, contact, [entry(changeEnvelope(keys, 0))])).refused).toBeNull()
      })

      test('takes a change of a key set that sealed nothing, and then only what is newer', async () => {
        const [a, b] = await makePair()
        const [first, second] = [newKeySet(), newKeySet()]
        await append(a, b, [entry(changeEnvelope(first, 0)), message(second, 1)])
        expect((await append(a, b, [message(first, 1)])).refused?.code).toBe('key_set_superseded')
      })

      test('refuses a change that begins a key set of the past', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const change = changeEnvelope(keys, 0)
        await append(a, b, [message(keySetBegunBy(change), 1), message(keys, 1)])
        expect((await append(a, b, [entry(change)])).refused?.code).toBe('key_set_superseded')
      })

      test.each([
        ['no JSON', '{', 'malformed_envelope'],
        ['an unknown kind', '{"type":"note"}', 'malformed_envelope'],
        [
          'a member too many',
          messageEnvelope(newKeySet(), 1).replace('{', '{"more":1,'),
          'malformed_envelope',
        ],
        [
          'a member twice',
          messageEnvelope(newKeySet(), 1).replace('{', '{"type":"msg",'),
          'malformed_envelope',
        ],
        ['more bytes than characters', `{"${'é'.repeat(ENVELOPE_MOST_BYTES / 2)}":1}`, 'envelope_too_large'],
      ] as const)(
        'refuses an envelope with %s, and leaves no conversation behind',
        async (_what, envelope, code) => {
          const [a, b] = await makePair()
          const bad = entry(envelope)
          expect(await append(a, b, [bad])).toEqual({ stored: [], refused: { id: bad.id, code } })
          expect(await findConversation(db, [a, b])).toBeNull()
        },
      )

      test('stores up to 1 MiB of envelopes in one call', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const entries = Array.from({ length: 20 }, (_, index) => message(keys, index + 1, 60_000))
        const answer = await append(a, b, entries)
        const fit = Math.floor((1024 * 1024) / (entries[0]?.envelope.length ?? 1))
        expect(answer.stored).toHaveLength(fit)
        expect(answer.refused).toEqual({ id: entries[fit]?.id, code: 'too_many_bytes' })
      })

      test('never lets the time of an entry fall', async () => {
        const [a, b] = await makePair()
        const keys = newKeySet()
        const before = now
        await append(a, b, [message(keys, 1)])
        now -= 60_000
        const answer = await append(a, b, [message(keys, 2)])
        now = before
        expect(answer.stored[0]?.acceptedAt).toBe(before)
      })

      test('tells both accounts, each with the other as the contact', async () => {
        const [a, b] = await makePair()
        const published: LiveEvent[] = []
        const log = makeLog(published)
        await log.append(a, b, [message(newKeySet(), 1), message(newKeySet(), 1)])
        const pages = published.flatMap(({ to, event }) =>
          event.type === 'page' ? [[to, event.page] as const] : [],
        )
        expect(pages.map(([to, page]) => [to, page.contact])).toEqual([
          [a, b],
          [b, a],
        ])
        for (const [, page] of pages)
          expect(page).toMatchObject({ after: 0, head: 2, entries: [{ seq: 1 }, { seq: 2 }] })
      })

      test('tells only the head when the page is large, and nothing when nothing was added', async () => {
        const [a, b] = await makePair()
        const published: LiveEvent[] = []
        const log = makeLog(published)
        const keys = newKeySet()
        const entries = Array.from({ length: 5 }, (_, index) => message(keys, index + 1, 60_000))
        await log.append(a, b, [message(newKeySet(), 1)])
        published.length = 0
        await log.append(a, b, entries)
        await log.append(a, b, entries)
        const expected: LogPage = { contact: b, after: 1, head: 6, entries: [] }
        expect(published).toHaveLength(2)
        expect(published[0]).toEqual({ to: a, event: { type: 'page', page: expected } })
      })

      test('tells each of the two whether the other is online with their first entry, and not again', async () => {
        const [a, b] = await makePair()
        const published: LiveEvent[] = []
        const log = makeLog(published)
        await log.append(a, b, [message(newKeySet(), 1)])
        await log.append(b, a, [message(newKeySet(), 1)])
        expect(published.filter(({ event }) => event.type === 'online')).toEqual([
          { to: a, event: { type: 'online', contact: b, isOnline: false } },
          { to: b, event: { type: 'online', contact: a, isOnline: false } },
        ])
      })
    })

    describe('the table of entries', () => {
      test.each([
        'update entries set envelope = envelope',
        'update entries set sender = 1 where seq = 1',
        'delete from entries where seq = 1',
        'delete from entries',
        'replace into entries select * from entries',
      ])('refuses the run-time role: %s', async (statement) => {
        const [a, b] = await makePair()
        await append(a, b, [message(newKeySet(), 1)])
        const before = await db('entries').select()
        await expect(db.raw(statement)).rejects.toThrow()
        expect(await db('entries').select()).toEqual(before)
      })

      test('refuses a second entry with the IV of a first', async () => {
        const [a, b] = await makePair()
        await append(a, b, [message(newKeySet(), 1)])
        const conversation = await findConversation(db, [a, b])
        const [row] = await db<Record<string, unknown>>('entries').where({ conversation: conversation?.id })
        await expect(db('entries').insert({ ...row, seq: 2, entry_id: randomBytes(16) })).rejects.toThrow()
        await expect(db('entries').insert({ ...row, seq: 2, iv: randomBytes(12) })).rejects.toThrow()
        await expect(
          db('entries').insert({ ...row, seq: 2, entry_id: randomBytes(16), iv: randomBytes(12) }),
        ).resolves.toBeDefined()
      })
    })

    describe('moveApplied', () => {
      test('only rises, never above the head, and tells the contact', async () => {
        const [a, b] = await makePair()
        const published: LiveEvent[] = []
        const { append, bus } = makeLog(published)
        const keys = newKeySet()
        await append(a, b, [message(keys, 1), message(keys, 2)])
        published.length = 0
        const move = (seq: number) =>
          moveApplied({ db, bus, clock: () => now }, { account: b, contact: a, seq })
        await move(2)
        await move(1)
        await expect(move(3)).rejects.toMatchObject({ code: 'cursor_beyond_head' })
        expect(await listConversations(db, a)).toMatchObject([{ contact: b, head: 2, contactApplied: 2 }])
        expect(await listConversations(db, b)).toMatchObject([{ contact: a, head: 2, contactApplied: 0 }])
        expect(published).toEqual([{ to: a, event: { type: 'applied', contact: b, seq: 2 } }])
      })
    })
  })
}

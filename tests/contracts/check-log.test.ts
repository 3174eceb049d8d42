import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deleteByOperator } from '../../server/commands/administer-account.ts'
import { appendEntries } from '../../server/commands/append-entries.ts'
import { checkLog } from '../../server/commands/check-log.ts'
import { moveApplied } from '../../server/commands/move-applied.ts'
import { readConfig } from '../../server/config.ts'
import type { Database } from '../../server/database.ts'
import { createLocalBus } from '../../server/live/bus.ts'
import { findConversation } from '../../server/stores/conversations.ts'
import { makeAccountAt } from './accounts.ts'
import { type OpenDatabase, openers } from './databases.ts'
import {
  changeEnvelope,
  entry,
  keySetBegunBy,
  message,
  messageEnvelope,
  newKeySet,
  offerEnvelope,
  type NewEntry,
} from './entries.ts'
import { makeSecrets } from './secrets.ts'

for (const [name, open] of Object.entries(openers))
  describe(`what the operator does, on ${name}`, () => {
    let opened: OpenDatabase | undefined
    let db: Database
    let now = 1_800_000_000_000
    const bus = createLocalBus()
    const clock = () => now++
    const config = readConfig({ ENTRIES_PER_MINUTE: '1000000' })
    const secrets = makeSecrets()
    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    afterAll(() => opened?.remove())

    const makeAccount = () => makeAccountAt(db, now)
    const append = async (sender: number, contact: number, entries: readonly NewEntry[]) => {
      const deps = { db, bus, config, secrets, clock, randomBytes }
      expect((await appendEntries(deps, { sender, contact, entries })).refused).toBeNull()
    }

    describe('checkLog', () => {
      let [alice, bob] = [0, 0]
      let id: number
      beforeEach(async () => {
        ;[alice, bob] = [await makeAccount(), await makeAccount()]
        const [mine, theirs] = [newKeySet(), newKeySet()]
        const change = changeEnvelope(mine, 2)
        await append(alice, bob, [entry(offerEnvelope()), message(mine, 1), message(mine, 2)])
        await append(bob, alice, [message(theirs, 5), message(theirs, 9)])
        await append(alice, bob, [entry(change), message(keySetBegunBy(change), 1)])
        await moveApplied({ db, bus, clock }, { account: bob, contact: alice, seq: 7 })
        id = (await findConversation(db, [alice, bob]))?.id ?? 0
      })

      /** Past every rule of the server, as a fault of a disk or a restore of some tables would. */
      const plant = (row: {
        seq: number
        sender?: number
        envelope?: string
        at?: number
        keySet?: Buffer
        iv?: Buffer
      }) =>
        db('entries').insert({
          conversation: id,
          seq: row.seq,
          entry_id: randomBytes(16),
          sender: row.sender ?? alice,
          accepted_at: row.at ?? now,
          key_set: row.keySet ?? null,
          iv: row.iv ?? null,
          envelope: row.envelope ?? offerEnvelope(),
        })
      const faults = async () =>
        (await checkLog(db)).faults.filter((fault) => fault.startsWith(`Conversation ${id}:`))

      test('finds nothing in logs that were appended to', async () => {
        const { conversations, entries } = await checkLog(db)
        expect(await faults()).toEqual([])
        expect(conversations).toBeGreaterThan(0)
        expect(entries).toBeGreaterThanOrEqual(7)
      })

      test.each<[string, () => Promise<unknown>, RegExp]>([
        ['a gap', () => plant({ seq: 9 }), /position 8 is missing/],
        ['an entry of a stranger', () => plant({ seq: 8, sender: 7 }), /of neither side/],
        ['what is no envelope', () => plant({ seq: 8, envelope: '{"type":"msg"}' }), /malformed_envelope/],
        ['a time that goes back', () => plant({ seq: 8, at: 1 }), /older than the one before/],
        [
          'an IV beside another envelope',
          () => plant({ seq: 8, keySet: randomBytes(16), iv: randomBytes(12) }),
          /another key set or IV/,
        ],
        [
          'an IV that does not rise',
          async () => {
            const keys = newKeySet()
            await append(bob, alice, [message(keys, 4)])
            await plant({ seq: 9, sender: bob, envelope: messageEnvelope(keys, 4) })
          },
          /iv_not_rising/,
        ],
        ['an entry that the head does not know', () => plant({ seq: 8 }), /head is 7, and the log ends at 8/],
        ['a head beyond the log', () => db('conversations').where({ id }).update({ head: 9 }), /ends at 7/],
        [
          'another time of the last entry',
          () => db('conversations').where({ id }).update({ last_accepted_at: 5 }),
          /time of its last entry/,
        ],
        [
          'a mark below the log',
          () =>
            db('marks')
              .where({ conversation: id, sender: bob })
              .update({ iv: Buffer.alloc(12) }),
          /marks of a sender/,
        ],
        [
          'a mark that is gone',
          () => db('marks').where({ conversation: id, sender: alice, number: 1 }).delete(),
          /marks of a sender/,
        ],
        [
          'a cursor above the head',
          () => db('applied_cursors').where({ conversation: id, account: bob }).update({ seq: 8 }),
          /cursor stands above/,
        ],
        [
          'a missing cursor',
          () => db('applied_cursors').where({ conversation: id, account: bob }).delete(),
          /1 cursors/,
        ],
      ])('finds %s', async (_what, spoil, words) => {
        await spoil()
        expect(await faults()).toEqual([expect.stringMatching(words)])
      })
    })

    test('deleteByOperator leaves the name to nobody and the log to the other side', async () => {
      const account = await makeAccount()
      const deps = { db, clock, randomBytes }
      expect(await deleteByOperator(deps, `user-${account}`)).toBe(0)
      expect(await deleteByOperator(deps, `user-${account}`)).toBeNull()
      expect(await db('accounts').where({ id: account }).pluck('username')).toEqual([`user-${account}`])
    })
  })

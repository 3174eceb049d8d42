import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { appendEntries } from '../../server/commands/append-entries.ts'
import { beginRun } from '../../server/commands/begin-run.ts'
import { publishIdentity } from '../../server/commands/publish-identity.ts'
import { type Database, errorCode, inTransaction, isUnavailable } from '../../server/database.ts'
import { createLocalBus } from '../../server/live/bus.ts'
import { findConversation } from '../../server/stores/conversations.ts'
import { listEntriesAfter } from '../../server/stores/entries.ts'
import { makeAccountAt } from './accounts.ts'
import { type OpenDatabase, openers } from './databases.ts'
import { message, newKeySet, type NewEntry, randomText } from './entries.ts'
import { makeSecrets } from './secrets.ts'

const WRITERS = 16

// SQLite has one writer: none of these can fail on it, so none of them is run there.
for (const name of ['MariaDB', 'MySQL'] as const)
  describe(`many writers on ${name}`, () => {
    let opened: OpenDatabase | undefined
    let db: Database
    beforeAll(async () => {
      opened = await openers[name]()
      db = opened.db
      expect(opened.hasManyWriters).toBe(true)
    })
    afterAll(() => opened?.remove())

    const makeAccount = () => makeAccountAt(db, 1)
    const bus = createLocalBus()
    const config = readConfig({ ENTRIES_PER_MINUTE: '1000000' })
    const secrets = makeSecrets()
    const append = (sender: number, contact: number, entries: readonly NewEntry[]) =>
      appendEntries({ db, bus, config, secrets, clock: Date.now, randomBytes }, { sender, contact, entries })

    /** What a browser does: asks again and again for what stands after its cursor, until `count` entries are there. */
    const follow = async (one: number, other: number, count: number): Promise<number[]> => {
      const seen: number[] = []
      while (seen.length < count) {
        const conversation = await findConversation(db, [one, other])
        if (conversation) {
          const range = { after: seen.length, head: conversation.head, mostEntries: 500, mostBytes: 2 ** 20 }
          seen.push(...(await listEntriesAfter(db, conversation.id, range)).map(({ seq }) => seq))
        }
        await delay(1)
      }
      return seen
    }

    test('a reader that follows the log misses none of 16 writers’ entries', async () => {
      const [a, b] = [await makeAccount(), await makeAccount()]
      const each = 20
      const write = async (writer: number): Promise<void> => {
        // Each writer seals under a key set that only it uses: new ones are always taken.
        for (let count = 0; count < each; count++) {
          const [sender, contact] = writer % 2 === 0 ? [a, b] : [b, a]
          const answer = await append(sender, contact, [message(newKeySet(), 1)])
          expect(answer.refused).toBeNull()
        }
      }
      const reading = follow(a, b, WRITERS * each)
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
      expect(await reading).toEqual(Array.from({ length: WRITERS * each }, (_, index) => index + 1))
    })

    test('the first entry of both sides at once makes one conversation', async () => {
      for (let round = 0; round < 5; round++) {
        const [a, b] = [await makeAccount(), await makeAccount()]
        const answers = await Promise.all([
          append(a, b, [message(newKeySet(), 1)]),
          append(b, a, [message(newKeySet(), 1)]),
        ])
        expect(new Set(answers.flatMap(({ stored }) => stored.map(({ seq }) => seq)))).toEqual(
          new Set([1, 2]),
        )
      }
    })

    test('24 senders of the same 20 entries store each once', async () => {
      const [a, b] = [await makeAccount(), await makeAccount()]
      const keys = newKeySet()
      const entries = Array.from({ length: 20 }, (_, index) => message(keys, index + 1))
      const send = async () => {
        for (const one of entries) expect((await append(a, b, [one])).refused).toBeNull()
      }
      await Promise.all(Array.from({ length: 24 }, send))
      const conversation = await findConversation(db, [a, b])
      const [row] = await db('entries')
        .where({ conversation: conversation?.id })
        .count<{ rows: number }[]>({ rows: '*' })
      expect([conversation?.head, row?.rows]).toEqual([20, 20])
    })

    test('two copies of one profile cannot both use an IV', async () => {
      const [a, b] = [await makeAccount(), await makeAccount()]
      const keys = newKeySet()
      await append(a, b, [message(keys, 1)])
      const answers = await Promise.all([append(a, b, [message(keys, 2)]), append(a, b, [message(keys, 2)])])
      const codes = answers.map(({ refused }) => refused?.code ?? 'stored').sort()
      expect(codes).toEqual(['iv_not_rising', 'stored'])
    })

    test('an append that is a deadlock’s victim is stored all the same, once', async () => {
      const [a, b] = [await makeAccount(), await makeAccount()]
      const keys = newKeySet()
      await append(a, b, [message(keys, 1)])
      const conversation = await findConversation(db, [a, b])
      let deadlocks = 0
      let lostByOpponent = 0
      const countDeadlock = (error: unknown) => {
        if (errorCode(error) === 'ER_LOCK_DEADLOCK') deadlocks++
      }
      /** Takes the mark first, which it tells, and the conversation second: the opposite of an append. */
      const oppose = (holdsMark: () => void) =>
        db
          .transaction(async (trx) => {
            // Having written much makes this transaction the one that InnoDB spares.
            await trx('sessions').insert(
              Array.from({ length: 50 }, () => ({
                key_hash: randomBytes(32),
                aal: 0,
                authenticated_at: 1,
                last_active_at: 1,
              })),
            )
            await trx('marks').where({ conversation: conversation?.id }).forUpdate().select()
            holdsMark()
            await delay(60)
            await trx('conversations').where({ id: conversation?.id }).forUpdate().select()
          })
          .catch(() => lostByOpponent++)
      db.on('query-error', countDeadlock)
      const rounds = 10
      for (let round = 0; round < rounds; round++) {
        const held = Promise.withResolvers<void>()
        const opposing = oppose(held.resolve)
        await held.promise
        expect((await append(a, b, [message(keys, round + 2)])).refused).toBeNull()
        await opposing
      }
      db.off('query-error', countDeadlock)
      expect(deadlocks - lostByOpponent).toBeGreaterThan(0)
      expect((await findConversation(db, [a, b]))?.head).toBe(rounds + 1)
    })

    test('of two swaps from one run token, one is known', async () => {
      const account = await makeAccount()
      const install = randomText(16)
      const first = randomText(16)
      const swap = (previous: string[]) =>
        beginRun({ db, clock: Date.now }, { account, install, previous, next: randomText(16) })
      await beginRun({ db, clock: Date.now }, { account, install, previous: [], next: first })
      const answers = await Promise.all([swap([first]), swap([first]), swap([first])])
      expect(answers.filter(({ isKnown }) => isKnown)).toHaveLength(1)
    })

    test('of two first identity keys, one is published', async () => {
      const account = await makeAccount()
      const publish = () =>
        publishIdentity({ db, clock: Date.now }, { account, identity: randomText(97), replaces: null })
      const answers = await Promise.allSettled([publish(), publish(), publish()])
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    test('a connection that is gone in the midst of a transaction is a state that passes', async () => {
      const error: unknown = await db
        .transaction(async (trx) => {
          await trx.raw('kill connection_id()').catch(() => undefined)
          await delay(50)
          await trx('accounts').first()
        })
        .catch((thrown: unknown) => thrown)
      expect(isUnavailable(error)).toBe(true)
    })

    test('inTransaction runs the work again after a lock wait that ran out', async () => {
      const account = await makeAccount()
      let attempts = 0
      const holder = await db.transaction()
      await holder('accounts').where({ id: account }).forUpdate().select()
      const work = inTransaction(db, async (trx) => {
        attempts++
        await trx.raw('set session innodb_lock_wait_timeout = 1')
        await trx('accounts').where({ id: account }).forUpdate().select()
      })
      await delay(1500)
      await holder.rollback()
      await work
      expect(attempts).toBeGreaterThan(1)
    })

    test.each([
      'truncate table entries',
      'drop table entries',
      'drop trigger entries_no_update',
      'alter table entries add column more int',
      'create table more (id int)',
      'set foreign_key_checks = 0; delete from entries',
    ])('the run-time role may not: %s', async (statement) => {
      await expect(db.raw(statement)).rejects.toThrow()
    })
  })

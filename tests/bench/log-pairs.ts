/** The log, beside a table of texts without an index, a check or a lock of its own, on the same engine. */
import { randomBytes } from 'node:crypto'
import { appendEntries } from '../../server/commands/append-entries.ts'
import { readConfig } from '../../server/config.ts'
import { type Database, inTransaction } from '../../server/database.ts'
import { createLocalBus } from '../../server/live/bus.ts'
import { findConversation } from '../../server/stores/conversations.ts'
import { listEntriesAfter } from '../../server/stores/entries.ts'
import { makeAccountAt } from '../contracts/accounts.ts'
import { message, type NewEntry, newKeySet } from '../contracts/entries.ts'
import { makeSecrets } from '../contracts/secrets.ts'
import type { Pair } from './pair.ts'

const CIPHERTEXT_BYTES = 256
const PAGE_ENTRIES = 500
const APPENDED_AT_A_TIME = 50

interface Writer {
  readonly sender: number
  readonly contact: number
  readonly append: (...entries: readonly NewEntry[]) => Promise<void>
}

async function makeWriter(db: Database): Promise<Writer> {
  const [sender, contact] = [await makeAccountAt(db, 1), await makeAccountAt(db, 1)]
  const deps = {
    db,
    bus: createLocalBus(),
    config: readConfig({ ENTRIES_PER_MINUTE: '1000000' }),
    secrets: makeSecrets(),
    clock: Date.now,
    randomBytes,
  }
  const append = async (...entries: readonly NewEntry[]): Promise<void> => {
    const { refused } = await appendEntries(deps, { sender, contact, entries })
    if (refused) throw new Error(refused.code)
  }
  return { sender, contact, append }
}

/** Makes the table of `bare` with the first pair. */
async function makeTexts(bare: Database): Promise<void> {
  if (await bare.schema.hasTable('texts')) return
  await bare.schema.createTable('texts', (table) => {
    table.increments('id')
    table.text('envelope').notNullable()
  })
}

export async function compareAppends(engine: string, db: Database, bare: Database): Promise<Pair> {
  const { append } = await makeWriter(db)
  await makeTexts(bare)
  const keys = newKeySet()
  let count = 1
  const { envelope } = message(keys, 1, CIPHERTEXT_BYTES)
  return {
    name: `append an entry, ${engine}`,
    against: 'one insert in a transaction',
    ours: () => append(message(keys, count++, CIPHERTEXT_BYTES)),
    reference: () => inTransaction(bare, (trx) => trx('texts').insert({ envelope })),
  }
}

export async function comparePages(engine: string, db: Database, bare: Database): Promise<Pair> {
  const { sender, contact, append } = await makeWriter(db)
  await makeTexts(bare)
  const keys = newKeySet()
  const all = Array.from({ length: PAGE_ENTRIES }, (_, index) => message(keys, index + 1, CIPHERTEXT_BYTES))
  for (let from = 0; from < all.length; from += APPENDED_AT_A_TIME)
    await append(...all.slice(from, from + APPENDED_AT_A_TIME))
  await bare('texts').insert(all.map(({ envelope }) => ({ envelope })))
  const conversation = await findConversation(db, [sender, contact])
  if (!conversation) throw new Error('nothing was appended')
  const range = { after: 0, head: conversation.head, mostEntries: PAGE_ENTRIES, mostBytes: 2 ** 20 }
  return {
    name: `read ${PAGE_ENTRIES} entries, ${engine}`,
    against: 'one select',
    ours: () => listEntriesAfter(db, conversation.id, range),
    reference: () => bare('texts').orderBy('id').limit(PAGE_ENTRIES).select('envelope'),
  }
}

/** The entries of the log: inserted and read, never anything else. */
import type { Queryable } from '../database.ts'

export interface EntryRow {
  readonly seq: number
  readonly entryId: Buffer
  readonly sender: number
  readonly acceptedAt: number
  /** Exactly the text that was sealed; ASCII. */
  readonly envelope: string
}
export interface NewEntryRow extends EntryRow {
  /** Both null in an entry without a ciphertext. */
  readonly keySet: Buffer | null
  readonly iv: Buffer | null
}

const columns = ['seq', 'sender', 'envelope', { entryId: 'entry_id', acceptedAt: 'accepted_at' }] as const

export async function insertEntries(
  db: Queryable,
  conversation: number,
  rows: readonly NewEntryRow[],
): Promise<void> {
  await db('entries').insert(
    rows.map((row) => ({
      conversation,
      seq: row.seq,
      entry_id: row.entryId,
      sender: row.sender,
      accepted_at: row.acceptedAt,
      key_set: row.keySet,
      iv: row.iv,
      envelope: row.envelope,
    })),
  )
}

export async function listEntriesById(
  db: Queryable,
  conversation: number,
  entryIds: readonly Buffer[],
): Promise<EntryRow[]> {
  return db('entries')
    .where({ conversation })
    .whereIn('entry_id', entryIds)
    .select<EntryRow[]>(...columns)
}

export interface EntryRange {
  readonly after: number
  readonly head: number
  readonly mostEntries: number
  readonly mostBytes: number
}

/**
 * Entries after + 1, after + 2, … up to `head`: as many as `mostEntries` and `mostBytes` of envelopes allow, and at least
 * one if there is one.
 */
export async function listEntriesAfter(
  db: Queryable,
  conversation: number,
  range: EntryRange,
): Promise<EntryRow[]> {
  const last = Math.min(range.head, range.after + range.mostEntries)
  // SQLite knows the octets of a text without reading it.
  const sizes = await db('entries')
    .where({ conversation })
    .whereBetween('seq', [range.after + 1, last])
    .orderBy('seq')
    .select<{ seq: number; bytes: number }[]>('seq', db.raw('octet_length(envelope) as bytes'))
  const lastThatFits = findLastThatFits(sizes, range.mostBytes)
  if (lastThatFits === null) return []
  return db('entries')
    .where({ conversation })
    .whereBetween('seq', [range.after + 1, lastThatFits])
    .orderBy('seq')
    .select<EntryRow[]>(...columns)
}

function findLastThatFits(
  sizes: readonly { seq: number; bytes: number }[],
  mostBytes: number,
): number | null {
  let total = 0
  let last: number | null = null
  for (const { seq, bytes } of sizes) {
    total += bytes
    if (last !== null && total > mostBytes) return last
    last = seq
  }
  return last
}

/** The server's own record of a sender's highest IV under each key set. */
import type { Queryable } from '../database.ts'

export interface MarkRow {
  /** The key sets of a sender in a conversation, in the order of their first use, from 1. */
  readonly number: number
  /** 16 bytes. */
  readonly keySet: Buffer
  /** 12 bytes, big-endian. */
  readonly iv: Buffer
}

const columns = ['number', 'iv', { keySet: 'key_set' }] as const

/** The sender's newest mark in a conversation; null before the first. */
export async function findNewestMark(
  db: Queryable,
  conversation: number,
  sender: number,
): Promise<MarkRow | null> {
  const row = await db('marks')
    .where({ conversation, sender })
    .orderBy('number', 'desc')
    .first<MarkRow | undefined>(...columns)
  return row ?? null
}

/** Which of these key sets the sender has used in the conversation. */
export async function listUsedKeySets(
  db: Queryable,
  { conversation, sender, keySets }: { conversation: number; sender: number; keySets: readonly Buffer[] },
): Promise<Buffer[]> {
  if (keySets.length === 0) return []
  const rows = await db('marks')
    .where({ conversation, sender })
    .whereIn('key_set', keySets)
    .select<{ key_set: Buffer }[]>('key_set')
  return rows.map((row) => row.key_set)
}

export async function insertMark(
  db: Queryable,
  conversation: number,
  sender: number,
  mark: MarkRow,
): Promise<void> {
  await db('marks').insert({ conversation, sender, number: mark.number, key_set: mark.keySet, iv: mark.iv })
}

export async function raiseMark(
  db: Queryable,
  conversation: number,
  sender: number,
  mark: MarkRow,
): Promise<void> {
  await db('marks').where({ conversation, sender, number: mark.number }).update({ iv: mark.iv })
}

/** The sender's newest mark in each of its conversations. */
export async function listNewestMarks(
  db: Queryable,
  sender: number,
): Promise<{ contact: number; keySet: Buffer; iv: Buffer }[]> {
  const newest = db('marks')
    .where({ sender })
    .groupBy('conversation')
    .select('conversation')
    .max({ newest: 'number' })
  const rows = await db('marks')
    .join(newest.as('newest_marks'), (join) =>
      join.on('newest_marks.conversation', 'marks.conversation').andOn('newest_marks.newest', 'marks.number'),
    )
    .join('conversations', 'conversations.id', 'marks.conversation')
    .where('marks.sender', sender)
    .select<{ lower: number; higher: number; keySet: Buffer; iv: Buffer }[]>('lower', 'higher', 'iv', {
      keySet: 'key_set',
    })
  return rows.map(({ lower, higher, keySet, iv }) => ({
    contact: lower === sender ? higher : lower,
    keySet,
    iv,
  }))
}

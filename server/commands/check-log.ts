/**
 * Checks every log by appending it once more, on paper: from nothing, entry by entry, by the rules that an append is judged
 * by. What comes out must be what stands beside the log. No key is needed, and nothing is changed.
 */
import type { Knex } from 'knex'
import { toBase64url } from '../bytes.ts'
import { type Database, isSqlite } from '../database.ts'
import type { NewEntryRow } from '../stores/entries.ts'
import type { MarkRow } from '../stores/marks.ts'
import {
  listAppliedCursors,
  listConversationIds,
  listMarks,
  listWholeEntries,
  readConversation,
  type WholeConversation,
} from '../stores/whole-logs.ts'
import { judgeEntries, type LogState } from './judge-entries.ts'
import { readCandidates } from './read-candidates.ts'

const CONVERSATIONS_AT_A_TIME = 500
const ENTRIES_AT_A_TIME = 500

export interface LogReport {
  readonly conversations: number
  readonly entries: number
  /** A sentence each; at most one of a conversation. */
  readonly faults: readonly string[]
}

/** Reads each conversation as it stood at one moment, so that servers may go on appending meanwhile. */
export async function checkLog(db: Database): Promise<LogReport> {
  const faults: string[] = []
  let [conversations, entries] = [0, 0]
  let ids = await listConversationIds(db, 0, CONVERSATIONS_AT_A_TIME)
  while (ids.length > 0) {
    for (const id of ids) {
      const { head, fault } = await atOneMoment(db, (trx) => checkConversation(trx, id))
      conversations++
      entries += head
      if (fault !== null) faults.push(`Conversation ${id}: ${fault}.`)
    }
    ids = await listConversationIds(db, ids.at(-1) ?? 0, CONVERSATIONS_AT_A_TIME)
  }
  return { conversations, entries, faults }
}

const atOneMoment = <T>(db: Database, read: (trx: Knex.Transaction) => Promise<T>): Promise<T> =>
  db.transaction(read, isSqlite(db) ? {} : { isolationLevel: 'repeatable read' })

interface Replay {
  head: number
  lastAcceptedAt: number
  /** The marks of each sender, in the order of their numbers. */
  readonly marks: ReadonlyMap<number, MarkRow[]>
}

async function checkConversation(
  trx: Knex.Transaction,
  id: number,
): Promise<{ head: number; fault: string | null }> {
  const conversation = await readConversation(trx, id)
  const { lower, higher, head } = conversation
  const replay: Replay = {
    head: 0,
    lastAcceptedAt: 0,
    marks: new Map([
      [lower, []],
      [higher, []],
    ]),
  }
  for (;;) {
    const rows = await listWholeEntries(trx, id, { after: replay.head, most: ENTRIES_AT_A_TIME })
    for (const row of rows) {
      const fault = appendOnPaper(replay, row)
      if (fault !== null) return { head, fault }
    }
    if (rows.length < ENTRIES_AT_A_TIME) break
  }
  return { head, fault: await compare(trx, conversation, replay) }
}

/** Appends a row to the replay. Returns what is wrong with it, or null. */
function appendOnPaper(replay: Replay, row: NewEntryRow): string | null {
  const seq = replay.head + 1
  if (row.seq !== seq) return `position ${seq} is missing`
  const marks = replay.marks.get(row.sender)
  if (!marks) return `the entry at ${seq} is of neither side`
  const { candidates, refused } = readCandidates([{ id: toBase64url(row.entryId), envelope: row.envelope }])
  if (refused) return `the entry at ${seq} is no envelope (${refused.code})`
  const state: LogState = {
    head: replay.head,
    lastAcceptedAt: replay.lastAcceptedAt,
    known: [],
    newestMark: marks.at(-1) ?? null,
    usedKeySets: marks.map(({ keySet }) => keySet),
  }
  const judgement = judgeEntries(candidates, state, { sender: row.sender, now: row.acceptedAt })
  if (judgement.refused) return `the entry at ${seq} may not follow (${judgement.refused.code})`
  const [judged] = judgement.rows
  if (judged?.acceptedAt !== row.acceptedAt) return `the entry at ${seq} is older than the one before it`
  if (!isSame(judged.keySet, row.keySet) || !isSame(judged.iv, row.iv))
    return `the entry at ${seq} stands under another key set or IV than its envelope says`
  for (const mark of judgement.marks) marks[mark.number - 1] = mark
  replay.head = seq
  replay.lastAcceptedAt = row.acceptedAt
  return null
}

/** Compares what stands beside the log with what the log gives. */
async function compare(
  trx: Knex.Transaction,
  { id, head, lastAcceptedAt }: WholeConversation,
  replay: Replay,
): Promise<string | null> {
  if (head !== replay.head) return `its head is ${head}, and the log ends at ${replay.head}`
  if (lastAcceptedAt !== replay.lastAcceptedAt) return 'the time of its last entry is another one'
  for (const [sender, marks] of replay.marks)
    if (!areSame(await listMarks(trx, id, sender), marks))
      return `the marks of a sender are not those of the log`
  const cursors = await listAppliedCursors(trx, id)
  if (cursors.length !== replay.marks.size) return `it has ${cursors.length} cursors`
  if (cursors.some(({ seq }) => seq > head)) return 'a cursor stands above its head'
  return null
}

const isSame = (one: Buffer | null, other: Buffer | null): boolean =>
  one === null || other === null ? one === other : one.equals(other)

const areSame = (some: readonly MarkRow[], others: readonly MarkRow[]): boolean =>
  some.length === others.length &&
  some.every((mark, index) => {
    const other = others[index]
    return other?.number === mark.number && isSame(mark.keySet, other.keySet) && isSame(mark.iv, other.iv)
  })

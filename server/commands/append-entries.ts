import { countRate, ENTRY_WINDOW_MS } from '../accounts/rates.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import type { Bus } from '../live/bus.ts'
import { PRESENT_MS } from '../live/presence.ts'
import { toLogPage } from '../log-page.ts'
import { randomId } from '../random-id.ts'
import {
  type ConversationRow,
  insertConversation,
  lockConversation,
  moveHead,
  type Pair,
} from '../stores/conversations.ts'
import { insertEntries, listEntriesById, type NewEntryRow } from '../stores/entries.ts'
import { listPresent } from '../stores/presences.ts'
import { findNewestMark, insertMark, listUsedKeySets, raiseMark } from '../stores/marks.ts'
import type { Queryable } from '../database.ts'
import type { AppendAnswer } from '../wire/log.ts'
import { type Judgement, judgeEntries, type LogState } from './judge-entries.ts'
import { type Candidate, readCandidates } from './read-candidates.ts'

/** A page above this is not sent on the stream: the reader is told the head and pulls. */
const STREAM_PAGE_MOST_BYTES = 256 * 1024

export type AppendDeps = Pick<Deps, 'db' | 'bus' | 'config' | 'secrets' | 'clock' | 'randomBytes'>

interface Append {
  readonly sender: number
  readonly contact: number
  readonly entries: readonly { readonly id: string; readonly envelope: string }[]
}

/**
 * Appends the longest valid prefix of `entries` to the log and tells both accounts. An entry id that stands in the log
 * already is answered with where it stands, so that sending again is harmless. Positions are given out under the lock of
 * the conversation's row: whoever sees position n sees all before it. Throws too_many_entries when the sender appended too many
 * within a minute; entries that stand there already do not count.
 */
export async function appendEntries(
  deps: AppendDeps,
  { sender, contact, entries }: Append,
): Promise<AppendAnswer> {
  const { db, bus, config, clock, randomBytes } = deps
  const { candidates, refused } = readCandidates(entries)
  if (candidates.length === 0) return { stored: [], refused }
  const pair: Pair = [sender, contact]
  const { judgement, after, present } = await inTransaction(db, async (trx) => {
    const conversation = await lockConversation(trx, pair)
    const state = await readState(trx, conversation, { sender, candidates })
    const judgement = judgeEntries(candidates, state, { sender, now: clock() })
    await countRate(trx, deps, {
      what: 'entries',
      by: String(sender),
      amount: judgement.rows.length,
      most: config.entriesPerMinute,
      windowMs: ENTRY_WINDOW_MS,
      refusal: 'too_many_entries',
    })
    await write(trx, { pair, conversation, state, judgement, newId: () => randomId(randomBytes) })
    // From the first entry on the two hear of each other, so each is told how the other stands.
    const present = state.head > 0 ? null : await listPresent(trx, pair, clock() - PRESENT_MS)
    return { judgement, after: state.head, present }
  })
  publish(bus, { pair, rows: judgement.rows, after, present })
  return { stored: judgement.stored, refused: judgement.refused ?? refused }
}

async function readState(
  trx: Queryable,
  conversation: ConversationRow | null,
  { sender, candidates }: { sender: number; candidates: readonly Candidate[] },
): Promise<LogState> {
  if (conversation === null)
    return { head: 0, lastAcceptedAt: 0, known: [], newestMark: null, usedKeySets: [] }
  const { id, head, lastAcceptedAt } = conversation
  const keySets = candidates.flatMap(({ keySet, nextKeySet }) =>
    [keySet, nextKeySet].filter((named) => named !== null),
  )
  return {
    head,
    lastAcceptedAt,
    known: await listEntriesById(
      trx,
      id,
      candidates.map((candidate) => candidate.entryId),
    ),
    newestMark: await findNewestMark(trx, id, sender),
    usedKeySets: await listUsedKeySets(trx, { conversation: id, sender, keySets }),
  }
}

interface Write {
  readonly pair: Pair
  readonly conversation: ConversationRow | null
  readonly state: LogState
  readonly judgement: Judgement
  readonly newId: () => number
}

async function write(trx: Queryable, { pair, conversation, state, judgement, newId }: Write): Promise<void> {
  const last = judgement.rows.at(-1)
  if (!last) return
  const row = { id: conversation?.id ?? newId(), head: last.seq, lastAcceptedAt: last.acceptedAt }
  if (conversation === null) await insertConversation(trx, pair, row)
  else await moveHead(trx, row)
  await insertEntries(trx, row.id, judgement.rows)
  for (const mark of judgement.marks) {
    if (mark.number === state.newestMark?.number) await raiseMark(trx, row.id, pair[0], mark)
    else await insertMark(trx, row.id, pair[0], mark)
  }
}

interface Publication {
  readonly pair: Pair
  readonly rows: readonly NewEntryRow[]
  readonly after: number
  /** Who of the two is online; null: they know. */
  readonly present: ReadonlySet<number> | null
}

function publish(bus: Bus, { pair, rows, after, present }: Publication): void {
  const last = rows.at(-1)
  if (!last) return
  const bytes = rows.reduce((sum, row) => sum + row.envelope.length, 0)
  const shown = bytes > STREAM_PAGE_MOST_BYTES ? [] : rows
  const [sender, contact] = pair
  for (const [to, other] of [[sender, contact] as const, [contact, sender] as const]) {
    const page = toLogPage(shown, { contact: other, after, head: last.seq })
    bus.publish({ to, event: { type: 'page', page } })
    if (present) bus.publish({ to, event: { type: 'online', contact: other, isOnline: present.has(other) } })
  }
}

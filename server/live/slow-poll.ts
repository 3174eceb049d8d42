/**
 * What the bus lost, the database has: looks every few seconds which logs and cursors have moved and to whose means of signing in
 * something was done, and tells those who have a stream here of what they were not told.
 */
import type { Database } from '../database.ts'
import { listMovedCursors, listMovedHeads } from '../stores/conversations.ts'
import { listMovedSecurity } from '../stores/security-events.ts'
import type { Bus, LiveEvent } from './bus.ts'
import type { Hub } from './hub.ts'

/** What no bus carried is told this late, and a moment. */
export const POLL_EVERY_MS = 5000
/** How far a poll looks back: more than an append takes, and more than the servers' clocks differ. */
const LOOKS_BACK_MS = 30_000

interface PollDeps {
  readonly db: Database
  readonly bus: Bus
  readonly hub: Hub
  readonly clock: () => number
}

/** What has moved, and how far. */
interface Mark {
  readonly of: string
  readonly at: number
}
interface Moved {
  readonly live: LiveEvent
  readonly mark: Mark
}
type Told = Map<string, number>

/** Returns one poll, to be called again and again, one at a time. */
export function createSlowPoll({ db, bus, hub, clock }: PollDeps): () => Promise<void> {
  let told: Told = new Map()
  bus.subscribe((live) => {
    const mark = markOf(live)
    if (mark && hub.isOnline(live.to)) remember(told, mark)
  })
  return async () => {
    if (hub.isEmpty()) return
    const before = told
    // What is heard while the database is asked may be in its answer or not.
    told = new Map()
    const since = clock() - LOOKS_BACK_MS
    const moved = await Promise.all([readHeads(db, since), readCursors(db, since), readSecurity(db, since)])
    for (const { live, mark } of moved.flat()) {
      if (!hub.isOnline(live.to)) continue
      if (Math.max(before.get(mark.of) ?? 0, told.get(mark.of) ?? 0) < mark.at) hub.tell(live)
      remember(told, mark)
    }
  }
}

async function readHeads(db: Database, since: number): Promise<Moved[]> {
  const rows = await listMovedHeads(db, since)
  return rows.flatMap(({ lower, higher, head }) => [
    movedHead({ to: lower, contact: higher, head }),
    movedHead({ to: higher, contact: lower, head }),
  ])
}

/** A page without entries: whoever has fewer pulls. */
const movedHead = ({ to, contact, head }: { to: number; contact: number; head: number }): Moved => ({
  live: { to, event: { type: 'page', page: { contact, after: head, entries: [], head } } },
  mark: headMark(to, contact, head),
})

async function readCursors(db: Database, since: number): Promise<Moved[]> {
  const rows = await listMovedCursors(db, since)
  return rows.map(({ lower, higher, account, seq }) => {
    const to = account === lower ? higher : lower
    return {
      live: { to, event: { type: 'applied', contact: account, seq } },
      mark: cursorMark(to, account, seq),
    }
  })
}

/** The bus does not say when it was: what it has told is told once more. */
async function readSecurity(db: Database, since: number): Promise<Moved[]> {
  const rows = await listMovedSecurity(db, since)
  return rows.map(({ account, at }) => ({
    live: { to: account, event: { type: 'security' } },
    mark: { of: `${account} security`, at },
  }))
}

function remember(told: Told, { of, at }: Mark): void {
  told.set(of, Math.max(told.get(of) ?? 0, at))
}

const headMark = (to: number, contact: number, head: number): Mark => ({
  of: `${to} head ${contact}`,
  at: head,
})
const cursorMark = (to: number, contact: number, seq: number): Mark => ({
  of: `${to} applied ${contact}`,
  at: seq,
})

/** Null: nothing that a poll would tell of, too. */
function markOf({ to, event }: LiveEvent): Mark | null {
  if (event.type === 'page') return headMark(to, event.page.contact, event.page.head)
  if (event.type === 'applied') return cursorMark(to, event.contact, event.seq)
  return null
}

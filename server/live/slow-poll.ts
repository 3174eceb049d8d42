/**
 * What the bus lost, the log has: looks every few seconds which logs and cursors have moved, and tells those who have a
 * stream here of what they were not told.
 */
import type { Database } from '../database.ts'
import { listMovedCursors, listMovedHeads } from '../stores/conversations.ts'
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
type Told = Map<string, number>

/** Returns one poll, to be called again and again, one at a time. */
export function createSlowPoll({ db, bus, hub, clock }: PollDeps): () => Promise<void> {
  let told: Told = new Map()
  bus.subscribe((live) => {
    if (hub.isOnline(live.to)) remember(told, live)
  })
  return async () => {
    if (hub.isEmpty()) return
    const before = told
    // What is heard while the database is asked may be in its answer or not.
    told = new Map()
    const since = clock() - LOOKS_BACK_MS
    const moved = [...(await readHeads(db, since)), ...(await readCursors(db, since))]
    for (const live of moved) {
      if (!hub.isOnline(live.to)) continue
      const [key, seq] = describe(live) ?? ['', 0]
      if (Math.max(before.get(key) ?? 0, told.get(key) ?? 0) < seq) hub.tell(live)
      remember(told, live)
    }
  }
}

async function readHeads(db: Database, since: number): Promise<LiveEvent[]> {
  const rows = await listMovedHeads(db, since)
  return rows.flatMap(({ lower, higher, head }) => [
    tellHead({ to: lower, contact: higher, head }),
    tellHead({ to: higher, contact: lower, head }),
  ])
}

/** A page without entries: whoever has fewer pulls. */
const tellHead = ({ to, contact, head }: { to: number; contact: number; head: number }): LiveEvent => ({
  to,
  event: { type: 'page', page: { contact, after: head, entries: [], head } },
})

async function readCursors(db: Database, since: number): Promise<LiveEvent[]> {
  const rows = await listMovedCursors(db, since)
  return rows.map(({ lower, higher, account, seq }) => ({
    to: account === lower ? higher : lower,
    event: { type: 'applied', contact: account, seq },
  }))
}

function remember(told: Told, live: LiveEvent): void {
  const [key, seq] = describe(live) ?? []
  if (key !== undefined && seq !== undefined) told.set(key, Math.max(told.get(key) ?? 0, seq))
}

/** What an event says has moved, and how far; null: another kind of event. */
function describe({ to, event }: LiveEvent): [string, number] | null {
  if (event.type === 'page') return [`${to} head ${event.page.contact}`, event.page.head]
  if (event.type === 'applied') return [`${to} applied ${event.contact}`, event.seq]
  return null
}

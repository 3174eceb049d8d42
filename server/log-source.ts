/**
 * Where entries are read: at a replica that has them, and else at the primary.
 *
 * A replica may lag as it likes. Entries never change and stand without gaps, so what a replica has is right, and the only question is whether it
 * has the next one; how far the log goes is always asked of the primary. A page may end where the replica does: whoever reads goes on from there.
 */
import type { Database } from './database.ts'
import type { Metrics } from './metrics.ts'
import { type EntryRange, type EntryRow, listEntriesAfter } from './stores/entries.ts'

/** A replica that has not answered by then is not asked for a while. */
const ANSWERS_WITHIN_MS = 1000
const LEFT_ALONE_MS = 10_000

export interface LogSource {
  /** As `listEntriesAfter`, and possibly fewer entries, but at least one if there is one. */
  read(conversation: number, range: EntryRange): Promise<EntryRow[]>
}

interface LogSourceParts {
  readonly primary: Database
  readonly replicas: readonly Database[]
  readonly metrics: Pick<Metrics, 'noteLogRead'>
  /** Milliseconds that only grow. */
  readonly uptime: () => number
}

export function createLogSource({ primary, replicas, metrics, uptime }: LogSourceParts): LogSource {
  const leftAloneUntil = new Map<Database, number>()
  let turn = 0

  const pickReplica = (): Database | null => {
    const good = replicas.filter((replica) => (leftAloneUntil.get(replica) ?? 0) <= uptime())
    return good[turn++ % good.length] ?? null
  }
  const readReplica = async (conversation: number, range: EntryRange): Promise<EntryRow[]> => {
    const replica = pickReplica()
    if (replica === null || range.after >= range.head) return []
    try {
      const rows = await within(ANSWERS_WITHIN_MS, listEntriesAfter(replica, conversation, range))
      return takeGapless(rows, range.after)
    } catch {
      // Whatever it was: the primary can do the same.
      leftAloneUntil.set(replica, uptime() + LEFT_ALONE_MS)
      return []
    }
  }
  return {
    async read(conversation, range) {
      const rows = await readReplica(conversation, range)
      metrics.noteLogRead(rows.length > 0 ? 'replica' : 'primary')
      return rows.length > 0 ? rows : listEntriesAfter(primary, conversation, range)
    },
  }
}

/** A replica that applies transactions at a time, in any order, may have gaps for a moment. */
function takeGapless(rows: readonly EntryRow[], after: number): EntryRow[] {
  const gap = rows.findIndex(({ seq }, index) => seq !== after + 1 + index)
  return rows.slice(0, gap === -1 ? rows.length : gap)
}

function within<T>(mostMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('too late')), mostMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

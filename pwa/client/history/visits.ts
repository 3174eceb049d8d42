/** When this browser was last used for the account: some browsers clear what nobody has visited for a week. */
import type { AccountDatabase, VisitsRow } from './database.ts'

const DAY_MS = 24 * 60 * 60_000
/** Two days before WebKit clears what nobody has visited. */
const LONG_ABSENCE_DAYS = 5

const NONE: Omit<VisitsRow, 'lastAt'> = { name: 'visits', absence: null, hintPutOffAt: null }

/** Null before the first visit. */
export async function readVisits({ meta }: AccountDatabase): Promise<VisitsRow | null> {
  const row = await meta.get('visits')
  return row?.name === 'visits' ? row : null
}

/** Somebody is here. A long absence that ends with this is remembered. */
export async function noteVisit(database: AccountDatabase, nowMs: number): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    const before = await readVisits(database)
    const days = before ? Math.floor((nowMs - before.lastAt) / DAY_MS) : 0
    const ended = days >= LONG_ABSENCE_DAYS ? { absence: { days, endedAt: nowMs } } : {}
    await database.meta.put({ ...NONE, ...before, ...ended, lastAt: nowMs })
  })
}

/** The person does not want to hear of the risk for now. */
export async function putOffHint(database: AccountDatabase, nowMs: number): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    await database.meta.put({ ...NONE, lastAt: nowMs, ...(await readVisits(database)), hintPutOffAt: nowMs })
  })
}

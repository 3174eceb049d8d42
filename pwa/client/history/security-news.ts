/** What other sessions did to the account since this browser last looked: kept for all its tabs until somebody has read it. */
import type { SecurityEvent } from '../../../server/wire/security.ts'
import type { SecurityNews } from '../contract/account-security.ts'
import type { AccountDatabase } from './database.ts'

export async function readSecurityNews(database: AccountDatabase): Promise<SecurityNews> {
  const row = await database.meta.get('security')
  return row?.name === 'security'
    ? { newestAt: row.newestAt, notice: row.notice }
    : { newestAt: 0, notice: null }
}

/**
 * Takes the list of the server, newest first. The newest event of another session becomes the notice; a browser that has
 * never looked begins without one.
 */
export async function keepSecurityNews(
  database: AccountDatabase,
  events: readonly SecurityEvent[],
): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    const row = await database.meta.get('security')
    const seen = row?.name === 'security' ? row : null
    const foreign = events.find((event) => !event.isThis && seen !== null && event.at > seen.newestAt)
    const newestAt = Math.max(seen?.newestAt ?? 0, events[0]?.at ?? 0)
    await database.meta.put({ name: 'security', newestAt, notice: foreign ?? seen?.notice ?? null })
  })
}

/** The person has read the notice. */
export async function dismissSecurityNotice(database: AccountDatabase): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    const row = await database.meta.get('security')
    if (row?.name === 'security') await database.meta.put({ ...row, notice: null })
  })
}

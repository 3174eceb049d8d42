/** Which accounts have a live stream open at which server process, and when that process was last seen. */
import { isDuplicate, type Queryable } from '../database.ts'

/** The server process lives at `now`. */
export async function touchServer(db: Queryable, server: number, now: number): Promise<void> {
  if ((await db('server_processes').where({ id: server }).update({ seen_at: now })) === 1) return
  // MySQL counts a row that stays as it is as not changed.
  await ignoreDuplicate(db('server_processes').insert({ id: server, seen_at: now }))
}

/** Forgets servers that were last seen before `time`, and who was with them. */
export async function forgetServers(db: Queryable, time: number): Promise<void> {
  const gone = await db('server_processes').where('seen_at', '<', time).pluck<number[]>('id')
  for (const server of gone) await forgetServer(db, server)
}

export async function forgetServer(db: Queryable, server: number): Promise<void> {
  await db('presences').where({ server }).delete()
  await db('server_processes').where({ id: server }).delete()
}

export async function insertPresence(db: Queryable, server: number, account: number): Promise<void> {
  await ignoreDuplicate(db('presences').insert({ server, account }))
}

export async function deletePresence(db: Queryable, server: number, account: number): Promise<void> {
  await db('presences').where({ server, account }).delete()
}

/** Of these accounts, those with a stream at a server that was seen since `time`. */
export async function listPresent(
  db: Queryable,
  accounts: readonly number[],
  time: number,
): Promise<Set<number>> {
  if (accounts.length === 0) return new Set()
  const rows = await db('presences')
    .join('server_processes', 'server_processes.id', 'presences.server')
    .whereIn('presences.account', accounts)
    .where('server_processes.seen_at', '>=', time)
    .pluck<number[]>('presences.account')
  return new Set(rows)
}

async function ignoreDuplicate(insert: PromiseLike<unknown>): Promise<void> {
  try {
    await insert
  } catch (error) {
    if (!isDuplicate(error)) throw error
  }
}

/** One-time prekeys: the stock of each account, and those handed out. */
import type { Queryable } from '../database.ts'

export interface PrekeyRow {
  readonly id: Buffer
  readonly key: Buffer
}

/** Those that can be handed out: neither drawn nor published before `freshSince`. */
const undrawn = (db: Queryable, account: number) => db('prekeys').where({ account }).whereNull('drawn_at')

export async function countStock(db: Queryable, account: number, freshSince: number): Promise<number> {
  const [row] = await undrawn(db, account)
    .where('published_at', '>=', freshSince)
    .count<{ rows: number }[]>({ rows: '*' })
  return row?.rows ?? 0
}

/** Those of `ids` that this account has had before, drawn or not. */
export async function listKnownPrekeys(
  db: Queryable,
  account: number,
  ids: readonly Buffer[],
): Promise<Buffer[]> {
  const rows = await db('prekeys')
    .where({ account })
    .whereIn('prekey_id', ids)
    .select<{ id: Buffer }[]>({ id: 'prekey_id' })
  return rows.map(({ id }) => id)
}

export async function insertPrekeys(
  db: Queryable,
  account: number,
  { prekeys, publishedAt }: { prekeys: readonly PrekeyRow[]; publishedAt: number },
): Promise<void> {
  if (prekeys.length === 0) return
  await db('prekeys').insert(
    prekeys.map(({ id, key }) => ({ account, prekey_id: id, public_key: key, published_at: publishedAt })),
  )
}

/** Throws away what was never handed out. */
export async function deleteStock(db: Queryable, account: number): Promise<void> {
  await undrawn(db, account).delete()
}

/** Forgets what is so old that nobody uses it any more, handed out or not. */
export async function deletePrekeysBefore(db: Queryable, account: number, before: number): Promise<void> {
  await db('prekeys').where({ account }).where('published_at', '<', before).delete()
}

/** The oldest of the stock; null: none is left. Call it with the account locked. */
export async function findStockPrekey(
  db: Queryable,
  account: number,
  freshSince: number,
): Promise<PrekeyRow | null> {
  const row = await undrawn(db, account)
    .where('published_at', '>=', freshSince)
    .orderBy([{ column: 'published_at' }, { column: 'prekey_id' }])
    .first<PrekeyRow | undefined>({ id: 'prekey_id', key: 'public_key' })
  return row ?? null
}

export async function markDrawn(
  db: Queryable,
  draw: { account: number; id: Buffer; drawnBy: number; drawnAt: number },
): Promise<void> {
  await db('prekeys')
    .where({ account: draw.account, prekey_id: draw.id })
    .update({ drawn_by: draw.drawnBy, drawn_at: draw.drawnAt })
}

/** Draws counted for a limit: of one account's prekeys, by one account, or both. */
export interface DrawScope {
  readonly account?: number
  readonly drawn_by?: number
}

/** When the `count`th newest draw since `since` was made; null: there were fewer. */
export async function findNthDraw(
  db: Queryable,
  scope: DrawScope,
  { since, count }: { since: number; count: number },
): Promise<number | null> {
  const row = await db('prekeys')
    .where(scope)
    .where('drawn_at', '>', since)
    .orderBy('drawn_at', 'desc')
    .offset(count - 1)
    .first<{ drawnAt: number } | undefined>({ drawnAt: 'drawn_at' })
  return row?.drawnAt ?? null
}

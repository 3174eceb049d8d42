import { fromBase64url, toBase64url } from '../bytes.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findIdentity, lockAccount } from '../stores/accounts.ts'
import {
  countStock,
  deletePrekeysBefore,
  deleteStock,
  insertPrekeys,
  listKnownPrekeys,
} from '../stores/prekeys.ts'
import { type Prekey, PREKEYS_MOST, type PrekeyStock } from '../wire/prekey.ts'

const DAY_MS = 24 * 60 * 60_000
/** Older ones are not handed out: browsers keep private halves for 30 days, and a drawn prekey may travel for 7. */
export const PREKEY_FRESH_MS = 21 * DAY_MS
const PREKEY_KEPT_MS = 60 * DAY_MS

interface Delivery {
  readonly account: number
  readonly identity: string
  readonly prekeys: readonly Prekey[]
  readonly isWholeStock: boolean
}

/** Adds prekeys to the stock of the published identity, up to 100. Throws identity_conflict. */
export async function publishPrekeys(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { account, identity, prekeys, isWholeStock }: Delivery,
): Promise<PrekeyStock> {
  const now = clock()
  return inTransaction(db, async (trx) => {
    await lockAccount(trx, account)
    const published = await findIdentity(trx, account)
    if (!published || toBase64url(published.publicKey) !== identity) throw refuse('identity_conflict')
    if (isWholeStock) await deleteStock(trx, account)
    await deletePrekeysBefore(trx, account, now - PREKEY_KEPT_MS)
    const stock = await countStock(trx, account, now - PREKEY_FRESH_MS)
    const rows = new Map(
      prekeys.map(({ id, key }) => [id, { id: fromBase64url(id), key: fromBase64url(key) }]),
    )
    const ids = [...rows.values()].map(({ id }) => id)
    for (const id of await listKnownPrekeys(trx, account, ids)) rows.delete(toBase64url(id))
    const fresh = [...rows.values()].slice(0, Math.max(0, PREKEYS_MOST - stock))
    await insertPrekeys(trx, account, { prekeys: fresh, publishedAt: now })
    return { identity, stock: stock + fresh.length }
  })
}

import { fromBase64url, toBase64url } from '../bytes.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findIdentity, insertIdentity, lockAccount } from '../stores/accounts.ts'
import { deleteStock } from '../stores/prekeys.ts'
import type { OwnIdentity } from '../wire/account.ts'

/**
 * Publishes an identity key in the place of the one the caller believes published; the prekeys of that one go with it.
 * Throws identity_conflict.
 */
export async function publishIdentity(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { account, identity, replaces }: { account: number; identity: string; replaces: string | null },
): Promise<OwnIdentity> {
  const publishedAt = clock()
  await inTransaction(db, async (trx) => {
    await lockAccount(trx, account)
    const current = await findIdentity(trx, account)
    const held = current === null ? null : toBase64url(current.publicKey)
    if (held !== replaces) throw refuse('identity_conflict')
    const number = (current?.number ?? 0) + 1
    await insertIdentity(trx, account, { number, publicKey: fromBase64url(identity), publishedAt })
    await deleteStock(trx, account)
  })
  return { identity, publishedAt }
}

import type { Knex } from 'knex'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { invalidBody } from '../errors.ts'
import { findAccount, lockAccount, markAccountDeleted } from '../stores/accounts.ts'
import { removePassword, revokeRecoveryLists, revokeAllTotp } from '../stores/authenticators.ts'
import { removeKeyBackup } from '../stores/key-backups.ts'
import { revokeSessionsOf } from '../stores/sessions.ts'
import { revokeAllWebauthn } from '../stores/webauthn-authenticators.ts'

/**
 * Deletes an account: nothing signs in to it any more, all its sessions end, and its name is never given again. Its sealed
 * entries stay in the log, which belongs to the other side as well. Throws invalid_body unless `username` is its name.
 */
export async function deleteAccount(
  { db, hub, clock }: Pick<Deps, 'db' | 'hub' | 'clock'>,
  { account, username }: { account: number; username: string },
): Promise<void> {
  const now = clock()
  const ended = await inTransaction(db, async (trx) => {
    await lockAccount(trx, account)
    const found = await findAccount(trx, account)
    if (found?.username !== username) throw invalidBody('username')
    return eraseAccount(trx, { account, now })
  })
  hub.endSessions(ended)
}

/** What deleting an account does, whoever decides it. Returns the sessions that it ended. */
export async function eraseAccount(
  trx: Knex.Transaction,
  { account, now }: { account: number; now: number },
): Promise<Buffer[]> {
  await removePassword(trx, account)
  await revokeAllTotp(trx, account, now)
  await revokeAllWebauthn(trx, account, now)
  await revokeRecoveryLists(trx, account, now)
  await removeKeyBackup(trx, account)
  await markAccountDeleted(trx, account, now)
  return revokeSessionsOf(trx, account, { except: null, now })
}

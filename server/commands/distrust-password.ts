import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { markPasswordCompromised } from '../stores/accounts.ts'
import { revokeAllTotp } from '../stores/authenticators.ts'
import { revokeSessionsOf } from '../stores/sessions.ts'

/**
 * Somebody else knows this account's password: every session ends, and until the password is changed a new one may do
 * nothing else. `areCodesGuessed`: its one-time codes are being guessed, too, so they are accepted no more; a recovery code
 * still signs in.
 */
export async function distrustPassword(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { account, areCodesGuessed }: { account: number; areCodesGuessed: boolean },
): Promise<void> {
  const now = clock()
  await inTransaction(db, async (trx) => {
    await markPasswordCompromised(trx, account, now)
    if (areCodesGuessed) await revokeAllTotp(trx, account, now)
    await revokeSessionsOf(trx, account, { except: null, now })
  })
}

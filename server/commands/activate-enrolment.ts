import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { activateAccount } from '../stores/accounts.ts'
import { finishEnrolment, lockEnrolment } from '../stores/enrolments.ts'
import { requireEnrolment } from './confirm-enrolment.ts'

/**
 * Last step: the account gets its name and can sign in. Returns its id. Throws enrolment_missing, enrolment_out_of_order,
 * and username_taken when another enrolment was faster.
 */
export async function activateEnrolment(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { session }: { session: Buffer },
): Promise<number> {
  const now = clock()
  return inTransaction(db, async (trx) => {
    const { account, username, confirmedAt } = requireEnrolment(await lockEnrolment(trx, session), now)
    if (confirmedAt === null) throw refuse('enrolment_out_of_order')
    if (!(await activateAccount(trx, { id: account, username, now }))) throw refuse('username_taken')
    await finishEnrolment(trx, session)
    return account
  })
}

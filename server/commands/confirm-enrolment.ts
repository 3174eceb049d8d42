import { makeRecoveryCodes, storeRecoveryCodes } from '../accounts/recovery-codes.ts'
import { matchTotpStep, openTotpSecret } from '../accounts/one-time-codes.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { randomId } from '../random-id.ts'
import { ENROLMENT_MS } from '../session-limits.ts'
import { consumeTotpStep, insertRecoveryList, listTotp } from '../stores/authenticators.ts'
import { type EnrolmentRow, lockEnrolment, markEnrolmentConfirmed } from '../stores/enrolments.ts'

/**
 * Second step: proof of one code, which is used up by it. Returns the ten recovery codes, the only time they are seen.
 * Throws enrolment_missing, enrolment_out_of_order, invalid_code.
 */
export async function confirmEnrolment(
  deps: Pick<Deps, 'db' | 'secrets' | 'randomBytes' | 'clock'>,
  { session, code }: { session: Buffer; code: string },
): Promise<string[]> {
  const { db, secrets, randomBytes, clock } = deps
  const now = clock()
  const codes = makeRecoveryCodes(randomBytes)
  await inTransaction(db, async (trx) => {
    const { account, confirmedAt } = requireEnrolment(await lockEnrolment(trx, session), now)
    if (confirmedAt !== null) throw refuse('enrolment_out_of_order')
    const [totp] = await listTotp(trx, account)
    if (!totp) throw refuse('enrolment_missing')

    const secret = openTotpSecret(totp, { account, authenticator: totp.id }, secrets.totpEncryption)
    const step = await matchTotpStep({ secret, code, nowMs: now, lastStep: totp.lastStep })
    if (step === null || !(await consumeTotpStep(trx, totp.id, step))) throw refuse('invalid_code')

    const stored = storeRecoveryCodes({ account, codes }, { pepper: secrets.lookupPepper, randomBytes })
    await insertRecoveryList(trx, { list: randomId(randomBytes), account, codes: stored, now })
    await markEnrolmentConfirmed(trx, session, now)
  })
  return codes
}

/** The enrolment, if it is still in time. Throws enrolment_missing. */
export function requireEnrolment(enrolment: EnrolmentRow | null, now: number): EnrolmentRow {
  if (enrolment === null || now >= enrolment.begunAt + ENROLMENT_MS) throw refuse('enrolment_missing')
  return enrolment
}

import { makeTotpSecret, sealTotpSecret, totpAddress } from '../accounts/one-time-codes.ts'
import { judgePassword } from '../accounts/judge-password.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { randomId } from '../random-id.ts'
import { ENROLMENT_MS } from '../session-limits.ts'
import { insertPendingAccount, isUsernameTaken } from '../stores/accounts.ts'
import { insertPassword, insertTotp } from '../stores/authenticators.ts'
import { discardEnrolment, insertEnrolment } from '../stores/enrolments.ts'
import type { EnrolmentSecret } from '../wire/account.ts'

/**
 * First step of an enrolment, for the pre-session `session` (its key's hash). An enrolment that this pre-session began
 * before is discarded. Throws password_…, username_taken, busy.
 */
export async function beginEnrolment(
  deps: Pick<Deps, 'db' | 'hasher' | 'breaches' | 'secrets' | 'config' | 'randomBytes' | 'clock'>,
  { session, username, password }: { session: Buffer; username: string; password: string },
): Promise<EnrolmentSecret> {
  const { db, hasher, secrets, randomBytes, clock } = deps
  const intake = await judgePassword(deps, { username, password })
  if (!intake.isAccepted) throw refuse(intake.code)
  if (await isUsernameTaken(db, username)) throw refuse('username_taken')

  const account = randomId(randomBytes)
  const authenticator = randomId(randomBytes)
  const secret = makeTotpSecret()
  const sealed = sealTotpSecret(
    secret,
    { account, authenticator },
    { keys: secrets.totpEncryption, randomBytes },
  )
  const stored = await hasher.hash(account, intake.password)
  const now = clock()
  await inTransaction(db, async (trx) => {
    await discardEnrolment(trx, session)
    await insertPendingAccount(trx, account, now)
    await insertPassword(trx, { account, stored, now })
    await insertTotp(trx, { id: authenticator, account, name: null, sealed, now })
    await insertEnrolment(trx, { session, account, username, now })
  })
  return { secret, address: totpAddress(username, secret), endsAt: now + ENROLMENT_MS }
}

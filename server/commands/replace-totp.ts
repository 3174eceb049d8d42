import {
  makeTotpSecret,
  matchTotpStep,
  openTotpSecret,
  sealTotpSecret,
  totpAddress,
} from '../accounts/one-time-codes.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { randomId } from '../random-id.ts'
import { ENROLMENT_MS } from '../session-limits.ts'
import { findAccount, lockAccount } from '../stores/accounts.ts'
import { consumeTotpStep, insertTotp, revokeTotp } from '../stores/authenticators.ts'
import {
  findTotpReplacement,
  putTotpReplacement,
  removeTotpReplacement,
} from '../stores/totp-replacements.ts'
import type { EnrolmentSecret } from '../wire/account.ts'
import { type Asker, type ChangeDeps, changeFactors } from './change-factors.ts'

/** A new secret for one-time codes. Nothing changes until `confirmTotpReplacement`; one begun before is discarded. */
export async function beginTotpReplacement(
  { db, secrets, clock, randomBytes }: Pick<Deps, 'db' | 'secrets' | 'clock' | 'randomBytes'>,
  account: number,
): Promise<EnrolmentSecret> {
  const found = await findAccount(db, account)
  if (found === null) throw refuse('not_signed_in')
  const authenticator = randomId(randomBytes)
  const secret = makeTotpSecret()
  const keys = secrets.totpEncryption
  const sealed = sealTotpSecret(secret, { account, authenticator }, { keys, randomBytes })
  const begunAt = clock()
  await inTransaction(db, async (trx) => {
    await lockAccount(trx, account)
    await putTotpReplacement(trx, account, { authenticator, ...sealed, begunAt })
  })
  return { secret, address: totpAddress(found.username, secret), endsAt: begunAt + ENROLMENT_MS }
}

/**
 * Proof of one code of the new secret, which is used up by it and takes the place of every secret before. Throws
 * replacement_missing, invalid_code.
 */
export async function confirmTotpReplacement(
  deps: ChangeDeps & Pick<Deps, 'secrets'>,
  asker: Asker,
  code: string,
): Promise<void> {
  const { account } = asker
  await changeFactors(deps, asker, {
    kind: 'totp-replaced',
    change: async (trx, now) => {
      const begun = await findTotpReplacement(trx, account)
      if (begun === null || now >= begun.begunAt + ENROLMENT_MS) throw refuse('replacement_missing')
      const { authenticator } = begun
      const secret = openTotpSecret(begun, { account, authenticator }, deps.secrets.totpEncryption)
      const step = await matchTotpStep({ secret, code, nowMs: now, lastStep: null })
      if (step === null) throw refuse('invalid_code')
      await revokeTotp(trx, account, now)
      await insertTotp(trx, { id: authenticator, account, sealed: begun, now })
      await consumeTotpStep(trx, authenticator, step)
      await removeTotpReplacement(trx, account)
    },
  })
}

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
import { consumeTotpStep, insertTotp, listTotp, revokeTotp } from '../stores/authenticators.ts'
import {
  findTotpReplacement,
  putTotpReplacement,
  removeTotpReplacement,
} from '../stores/totp-replacements.ts'
import type { EnrolmentSecret } from '../wire/account.ts'
import { TOTP_MOST } from '../wire/security.ts'
import { type Asker, type ChangeDeps, changeFactors } from './change-factors.ts'

/** A new secret for one-time codes. Nothing changes until `confirmTotp`; one begun before is discarded. */
export async function beginTotp(
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

interface NewTotp {
  readonly code: string
  /** What the person calls the app. */
  readonly name: string | null
  /** The app whose place it takes; null where it is added beside the others. */
  readonly replaces: number | null
}

/**
 * Proof of one code of the new secret, which is used up by it; from here on its codes sign in, and those of the app that it
 * replaces do not. Throws replacement_missing, invalid_code, totp_not_found, totp_full.
 */
export async function confirmTotp(
  deps: ChangeDeps & Pick<Deps, 'secrets'>,
  asker: Asker,
  { code, name, replaces }: NewTotp,
): Promise<void> {
  const { account } = asker
  await changeFactors(deps, asker, {
    kind: replaces === null ? 'totp-added' : 'totp-replaced',
    change: async (trx, now) => {
      const begun = await findTotpReplacement(trx, account)
      if (begun === null || now >= begun.begunAt + ENROLMENT_MS) throw refuse('replacement_missing')
      const { authenticator } = begun
      const secret = openTotpSecret(begun, { account, authenticator }, deps.secrets.totpEncryption)
      const step = await matchTotpStep({ secret, code, nowMs: now, lastStep: null })
      if (step === null) throw refuse('invalid_code')
      if (replaces !== null && !(await revokeTotp(trx, account, { id: replaces, now })))
        throw refuse('totp_not_found')
      if ((await listTotp(trx, account)).length >= TOTP_MOST) throw refuse('totp_full')
      await insertTotp(trx, { id: authenticator, account, name, sealed: begun, now })
      await consumeTotpStep(trx, authenticator, step)
      await removeTotpReplacement(trx, account)
    },
  })
}

/** Revokes an app of the account while another one signs in. Throws totp_not_found, totp_last. */
export async function removeTotp(deps: ChangeDeps, asker: Asker, id: number): Promise<void> {
  await changeFactors(deps, asker, {
    kind: 'totp-removed',
    change: async (trx, now) => {
      const apps = await listTotp(trx, asker.account)
      if (!apps.some((app) => app.id === id)) throw refuse('totp_not_found')
      if (!apps.some((app) => app.id !== id && app.suspendedAt === null)) throw refuse('totp_last')
      await revokeTotp(trx, asker.account, { id, now })
    },
  })
}

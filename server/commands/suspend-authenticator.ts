import { judgeThrottled, type ThrottleDeps } from '../accounts/throttle.ts'
import { refuse } from '../errors.ts'
import { findOpenAccountByName } from '../stores/accounts.ts'
import {
  hasSecondFactor,
  reactivateAuthenticator,
  suspendAll,
  suspendAuthenticator,
} from '../stores/suspensions.ts'
import { type Asker, type ChangeDeps, changeFactors } from './change-factors.ts'
import { judgeAccountPassword, type JudgeDeps } from './judge-credentials.ts'

/**
 * An app or key of the account was lost: it signs in no more. Throws authenticator_not_found, and last_factor where nothing
 * would be left that could take this back.
 */
export async function suspendLost(deps: ChangeDeps, asker: Asker, id: number): Promise<void> {
  const { account } = asker
  await changeFactors(deps, asker, {
    kind: 'authenticator-suspended',
    change: async (trx, now) => {
      if (!(await suspendAuthenticator(trx, account, { id, now }))) throw refuse('authenticator_not_found')
      if (!(await hasSecondFactor(trx, account))) throw refuse('last_factor')
    },
  })
}

/** A lost app or key was found again. Throws authenticator_not_found. */
export async function reactivateFound(deps: ChangeDeps, asker: Asker, id: number): Promise<void> {
  await changeFactors(deps, asker, {
    kind: 'authenticator-reactivated',
    change: async (trx) => {
      if (!(await reactivateAuthenticator(trx, asker.account, id))) throw refuse('authenticator_not_found')
    },
  })
}

/**
 * Judges the report of somebody who is signed in nowhere and has the password alone: the account, or null if it is not its
 * password. Every report counts as a failed attempt, so that neither the answer nor the count tells which it was. Throws
 * too_many_attempts, attempts_spent and busy.
 */
export async function judgeLossReport(
  deps: JudgeDeps & ThrottleDeps,
  { username, password, address }: { username: string; password: string; address: string },
): Promise<number | null> {
  const account = (await findOpenAccountByName(deps.db, username))?.id ?? null
  let isRight = false
  await judgeThrottled(deps, { username, budget: 'recovery', address }, async () => {
    isRight = (await judgeAccountPassword(deps, account, password)) !== null
    return 'wrong-password'
  })
  return isRight ? account : null
}

/** Suspends every app and key, and ends all sessions. Does nothing where no recovery code is left to come back with. */
export async function suspendAfterReport(deps: ChangeDeps, asker: Asker): Promise<void> {
  const { account } = asker
  await changeFactors(deps, asker, {
    kind: 'loss-reported',
    change: async (trx, now) => {
      await suspendAll(trx, account, now)
      if (!(await hasSecondFactor(trx, account))) throw refuse('last_factor')
    },
  })
}

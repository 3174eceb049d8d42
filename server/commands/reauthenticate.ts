import { type Caller, findBudget, judgeThrottled, type ThrottleDeps } from '../accounts/throttle.ts'
import { refuse } from '../errors.ts'
import { findAccount } from '../stores/accounts.ts'
import { judgeAccountPassword, type JudgeDeps } from './judge-credentials.ts'

/**
 * Proves that the person of a session still knows its password. A wrong one counts like a failed login; a right one clears
 * no failures, because it is one factor only. Throws wrong_password, not_signed_in (the account is gone), too_many_attempts,
 * attempts_spent and busy.
 */
export async function reauthenticate(
  deps: JudgeDeps & ThrottleDeps,
  { account, password, caller }: { account: number; password: string; caller: Caller },
): Promise<void> {
  const username = (await findAccount(deps.db, account))?.username
  if (username === undefined) throw refuse('not_signed_in')
  const budget = await findBudget(deps, account, caller.device)
  const attempt = { username, budget, address: caller.address }
  const { outcome } = await judgeThrottled(deps, attempt, async () =>
    (await judgeAccountPassword(deps, account, password)) === null ? 'wrong-password' : 'partial-success',
  )
  if (outcome !== 'partial-success') throw refuse('wrong_password')
}

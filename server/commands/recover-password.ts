import { judgePassword } from '../accounts/judge-password.ts'
import type { Origin } from '../accounts/origin.ts'
import { judgeThrottled, type ThrottleDeps } from '../accounts/throttle.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findOpenAccountByName } from '../stores/accounts.ts'
import { setPassword } from '../stores/authenticators.ts'
import { type ChangeDeps, changeFactors } from './change-factors.ts'
import { type JudgeDeps, judgeSecondFactor, NOBODY } from './judge-credentials.ts'

type RecoverDeps = ChangeDeps & JudgeDeps & ThrottleDeps & Pick<Deps, 'breaches'>

interface Recovery {
  readonly username: string
  readonly password: string
  readonly code: string
  readonly recoveryCode: string
  readonly origin: Origin
}

/**
 * A new password for whoever holds both physical authenticators. Ends every session and signs nobody in. An unknown name
 * costs the same work, and there is one refusal: invalid_credentials; right codes that come with a wrong one are not used
 * up. Also throws password_…, too_many_attempts, attempts_spent and busy.
 */
export async function recoverPassword(deps: RecoverDeps, recovery: Recovery): Promise<void> {
  const { username, password, origin } = recovery
  const intake = await judgePassword(deps, { username, password })
  if (!intake.isAccepted) throw refuse(intake.code)
  const account = (await findOpenAccountByName(deps.db, username))?.id ?? null
  const stored = await deps.hasher.hash(account ?? NOBODY, intake.password)
  const attempt = { username, budget: 'recovery', address: origin.address } as const
  const { outcome } = await judgeThrottled(deps, attempt, async () =>
    (await useUp(deps, account, recovery)) ? 'full-success' : 'wrong-code',
  )
  if (account === null || outcome !== 'full-success') throw refuse('invalid_credentials')
  await changeFactors(
    deps,
    { account, session: null, origin },
    { kind: 'password-recovered', change: (trx, now) => setPassword(trx, { account, stored, now }) },
  )
}

/** False: a code is wrong, or was used up meanwhile. */
async function useUp(
  deps: JudgeDeps,
  account: number | null,
  { code, recoveryCode }: Pick<Recovery, 'code' | 'recoveryCode'>,
): Promise<boolean> {
  const totp = await judgeSecondFactor(deps, account, { type: 'totp', value: code })
  const recovery = await judgeSecondFactor(deps, account, { type: 'recovery', value: recoveryCode })
  return totp !== null && recovery !== null && (await totp()) && (await recovery())
}

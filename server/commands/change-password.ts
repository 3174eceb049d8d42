import { judgePassword } from '../accounts/judge-password.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findAccount } from '../stores/accounts.ts'
import { setPassword } from '../stores/authenticators.ts'
import { type Asker, type ChangeDeps, changeFactors } from './change-factors.ts'

/** Sets a new password, judged as at registration. Throws password_…, busy. */
export async function changePassword(
  deps: ChangeDeps & Pick<Deps, 'hasher' | 'breaches' | 'config'>,
  asker: Asker,
  text: string,
): Promise<void> {
  const { account } = asker
  const found = await findAccount(deps.db, account)
  if (found === null) throw refuse('not_signed_in')
  const intake = await judgePassword(deps, { username: found.username, password: text })
  if (!intake.isAccepted) throw refuse(intake.code)
  const stored = await deps.hasher.hash(account, intake.password)
  await changeFactors(deps, asker, {
    kind: 'password-changed',
    change: (trx, now) => setPassword(trx, { account, stored, now }),
  })
}

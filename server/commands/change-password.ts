import { takePassword } from '../accounts/password-intake.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { replacePassword } from '../stores/authenticators.ts'
import { type Asker, type ChangeDeps, changeFactors } from './change-factors.ts'

/** Sets a new password, judged as at registration. Throws password_…, busy. */
export async function changePassword(
  deps: ChangeDeps & Pick<Deps, 'hasher'>,
  asker: Asker,
  password: string,
): Promise<void> {
  const { account } = asker
  const intake = takePassword(password)
  if (!intake.isAccepted) throw refuse(intake.code)
  const stored = await deps.hasher.hash(account, intake.password)
  await changeFactors(deps, asker, {
    kind: 'password-changed',
    change: (trx, now) => replacePassword(trx, { account, stored, now }),
  })
}

import type { Origin } from '../accounts/origin.ts'
import { takePassword } from '../accounts/password-intake.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findAccountByName } from '../stores/accounts.ts'
import { replacePassword } from '../stores/authenticators.ts'
import { type ChangeDeps, changeFactors } from './change-factors.ts'
import { judgeSecondFactor } from './log-in.ts'

interface Recovery {
  readonly username: string
  readonly password: string
  readonly code: string
  readonly recoveryCode: string
  readonly origin: Origin
}

/**
 * A new password for whoever holds both physical authenticators. Ends every session and signs nobody in. An unknown name
 * costs the same work, and there is one refusal: invalid_credentials; the codes are used up by success only. Also throws
 * password_…, busy.
 */
export async function recoverPassword(
  deps: ChangeDeps & Pick<Deps, 'hasher' | 'secrets'>,
  { username, password, code, recoveryCode, origin }: Recovery,
): Promise<void> {
  const intake = takePassword(password)
  if (!intake.isAccepted) throw refuse(intake.code)
  const found = await findAccountByName(deps.db, username)
  const account = found?.id ?? null
  const stored = await deps.hasher.hash(account ?? 0, intake.password)
  const totp = await judgeSecondFactor(deps, account, { type: 'totp', value: code })
  const recovery = await judgeSecondFactor(deps, account, { type: 'recovery', value: recoveryCode })
  if (account === null || totp === null || recovery === null) throw refuse('invalid_credentials')
  await changeFactors(
    deps,
    { account, session: null, origin },
    {
      kind: 'password-recovered',
      change: async (trx, now) => {
        if (!(await totp(trx)) || !(await recovery(trx))) throw refuse('invalid_credentials')
        await replacePassword(trx, { account, stored, now })
      },
    },
  )
}

import type { Caller } from '../accounts/throttle.ts'
import { refuse } from '../errors.ts'
import { findAccount } from '../stores/accounts.ts'
import type { OfferedFactor } from './judge-credentials.ts'
import { logIn, type LoginDeps } from './log-in.ts'

/**
 * Both factors of an account that is signed in, once more: judged, counted and used up as at a login, and refused as there.
 */
export async function stepUp(
  deps: LoginDeps,
  { account, ...credentials }: { account: number; password: string; second: OfferedFactor; caller: Caller },
): Promise<void> {
  const found = await findAccount(deps.db, account)
  if (found === null) throw refuse('not_signed_in')
  await logIn(deps, { username: found.username, ...credentials })
}

import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findAccount } from '../stores/accounts.ts'
import type { SecondFactor } from '../wire/account.ts'
import { logIn } from './log-in.ts'

/**
 * Both factors of an account that is signed in, once more: judged, counted and used up as at a login. Throws
 * invalid_credentials, busy.
 */
export async function stepUp(
  deps: Pick<Deps, 'db' | 'hasher' | 'secrets' | 'clock'>,
  { account, password, second }: { account: number; password: string; second: SecondFactor },
): Promise<void> {
  const found = await findAccount(deps.db, account)
  if (found === null) throw refuse('not_signed_in')
  await logIn(deps, { username: found.username, password, second })
}

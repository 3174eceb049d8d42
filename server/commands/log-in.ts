import {
  type Caller,
  findBudget,
  judgeThrottled,
  type Outcome,
  type ThrottleDeps,
} from '../accounts/throttle.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findOpenAccountByName } from '../stores/accounts.ts'
import { distrustPassword } from './distrust-password.ts'
import {
  judgeAccountPassword,
  type JudgeDeps,
  judgeSecondFactor,
  type OfferedFactor,
} from './judge-credentials.ts'
import { reviewSecrets } from './review-secrets.ts'

export type LoginDeps = JudgeDeps & ThrottleDeps & Pick<Deps, 'breaches' | 'randomBytes'>
/** So many wrong codes with the right password: somebody else knows the password and guesses the codes. */
const WRONG_CODES_MOST = 20

interface Login {
  readonly username: string
  readonly caller: Caller
  /** So many failures of the name or the address, and the login is refused with captcha_required. */
  readonly captchaAfter?: number
}

interface Credentials {
  readonly password: string
  readonly second: OfferedFactor
}

/**
 * The id of the account whose password and second factor these are. Everything is judged whatever fails, an unknown name
 * costs the same work, and there is one refusal: invalid_credentials. The second factor is used up by success only; a
 * challenge by every attempt that is judged. Also throws captcha_required, too_many_attempts, attempts_spent and busy.
 */
export async function logIn(
  deps: LoginDeps,
  { username, caller, captchaAfter, ...credentials }: Credentials & Login,
): Promise<number> {
  const account = (await findOpenAccountByName(deps.db, username))?.id ?? null
  const budget = await findBudget(deps, account, caller.device)
  const attempt = {
    username,
    budget,
    address: caller.address,
    ...(captchaAfter === undefined ? {} : { captchaAfter }),
  }
  const { outcome, wrongCodes } = await judgeThrottled(deps, attempt, () =>
    judgeLogin(deps, account, credentials),
  )
  if (account !== null && wrongCodes >= WRONG_CODES_MOST)
    await distrustPassword(deps, { account, areCodesGuessed: true })
  if (account === null || outcome !== 'full-success') throw refuse('invalid_credentials')
  await reviewSecrets(deps, { account, password: credentials.password })
  return account
}

async function judgeLogin(
  deps: LoginDeps,
  account: number | null,
  { password, second }: Credentials,
): Promise<Outcome> {
  const stored = await judgeAccountPassword(deps, account, password)
  const consume = await judgeSecondFactor(deps, account, second)
  if (stored === null) return 'wrong-password'
  return consume !== null && (await consume()) ? 'full-success' : 'wrong-code'
}

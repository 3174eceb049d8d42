import { makeTotpSecret, matchTotpStep, openTotpSecret } from '../accounts/one-time-codes.ts'
import { takePassword } from '../accounts/password-intake.ts'
import { isRecoveryCode } from '../accounts/recovery-codes.ts'
import type { Queryable } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findAccountByName } from '../stores/accounts.ts'
import {
  consumeRecoveryCode,
  consumeTotpStep,
  findNextRecoveryCode,
  findPassword,
  listTotp,
} from '../stores/authenticators.ts'
import type { SecondFactor } from '../wire/account.ts'

type LoginDeps = Pick<Deps, 'db' | 'hasher' | 'secrets' | 'clock'>
/** Has no rows: for an unknown name the same queries are made and nothing is found. */
const NOBODY = 0
/** Uses the factor up; false when another login was faster. */
type Consume = (db: Queryable) => Promise<boolean>

/**
 * The id of the account whose password and second factor these are. Everything is judged whatever fails, an unknown name
 * costs the same work, and there is one refusal: invalid_credentials. The second factor is used up by success only. Also
 * throws busy.
 */
export async function logIn(
  deps: LoginDeps,
  { username, password, second }: { username: string; password: string; second: SecondFactor },
): Promise<number> {
  const account = await findAccountByName(deps.db, username)
  const isPasswordRight = await judgePassword(deps, account?.id ?? null, password)
  const consume = await judgeSecondFactor(deps, account?.id ?? null, second)
  if (account === null || !isPasswordRight || consume === null) throw refuse('invalid_credentials')
  if (!(await consume(deps.db))) throw refuse('invalid_credentials')
  return account.id
}

async function judgePassword(
  { db, hasher }: LoginDeps,
  account: number | null,
  text: string,
): Promise<boolean> {
  const intake = takePassword(text)
  const stored = await findPassword(db, account ?? NOBODY)
  return intake.isAccepted
    ? hasher.verify(account ?? NOBODY, intake.password, stored)
    : hasher.verify(NOBODY, '', null)
}

/** What uses the factor up; null: it is wrong. For no account the same work is done. */
export async function judgeSecondFactor(
  deps: Omit<LoginDeps, 'hasher'>,
  account: number | null,
  second: SecondFactor,
): Promise<Consume | null> {
  if (account === null) return judgeNobody(deps, second)
  return second.type === 'totp'
    ? judgeTotp(deps, account, second.value)
    : judgeRecovery(deps, account, second.value)
}

async function judgeNobody({ db, clock }: Omit<LoginDeps, 'hasher'>, second: SecondFactor): Promise<null> {
  if (second.type === 'recovery') await findNextRecoveryCode(db, NOBODY)
  else {
    await listTotp(db, NOBODY)
    await matchTotpStep({ secret: makeTotpSecret(), code: second.value, nowMs: clock(), lastStep: null })
  }
  return null
}

async function judgeTotp(
  { db, secrets, clock }: Omit<LoginDeps, 'hasher'>,
  account: number,
  code: string,
): Promise<Consume | null> {
  for (const totp of await listTotp(db, account)) {
    const secret = openTotpSecret(totp, { account, authenticator: totp.id }, secrets.totpEncryption)
    const step = await matchTotpStep({ secret, code, nowMs: clock(), lastStep: totp.lastStep })
    if (step !== null) return (still) => consumeTotpStep(still, totp.id, step)
  }
  return null
}

async function judgeRecovery(
  { db, secrets, clock }: Omit<LoginDeps, 'hasher'>,
  account: number,
  code: string,
): Promise<Consume | null> {
  const next = await findNextRecoveryCode(db, account)
  if (next === null || !isRecoveryCode(code, account, next, secrets.lookupPepper)) return null
  return (still) => consumeRecoveryCode(still, { list: next.list, number: next.number, now: clock() })
}

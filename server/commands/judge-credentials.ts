/** Judges what somebody signs in with, and changes nothing: a second factor is used up by the caller. */
import { makeTotpSecret, matchTotpStep, openTotpSecret } from '../accounts/one-time-codes.ts'
import type { StoredPassword } from '../accounts/password-hash.ts'
import { takePassword } from '../accounts/password-intake.ts'
import { isRecoveryCode } from '../accounts/recovery-codes.ts'
import type { Database } from '../database.ts'
import type { Deps } from '../deps.ts'
import {
  consumeRecoveryCode,
  consumeTotpStep,
  findNextRecoveryCode,
  findPassword,
  listTotp,
} from '../stores/authenticators.ts'
import type { SecondFactor } from '../wire/account.ts'
import { TOTP_MOST } from '../wire/security.ts'
import { judgeWebauthn } from './judge-webauthn.ts'

export type JudgeDeps = Pick<Deps, 'db' | 'hasher' | 'secrets' | 'clock' | 'config'>
type TypedFactor = Exclude<SecondFactor, { type: 'webauthn' }>
/** A second factor; a passkey or security key answers the challenge of the session or pre-session it comes in. */
export type OfferedFactor =
  TypedFactor | (Extract<SecondFactor, { type: 'webauthn' }> & { readonly session: Buffer })
/** Has no rows: for an unknown name the same queries are made and nothing is found. */
export const NOBODY = 0
/** Uses the factor up; false when another login was faster. */
export type Consume = () => Promise<boolean>

/** What is kept of the account's password if this is it, else null. Null for the account costs the same work. Throws busy. */
export async function judgeAccountPassword(
  { db, hasher }: JudgeDeps,
  account: number | null,
  text: string,
): Promise<StoredPassword | null> {
  const intake = takePassword(text)
  const stored = await findPassword(db, account ?? NOBODY)
  const isRight = intake.isAccepted
    ? await hasher.verify(account ?? NOBODY, intake.password, stored)
    : await hasher.verify(NOBODY, '', null)
  return isRight ? stored : null
}

/** How to use the factor up, or null if it is wrong. Null for the account costs the same work. */
export async function judgeSecondFactor(
  deps: JudgeDeps,
  account: number | null,
  second: OfferedFactor,
): Promise<Consume | null> {
  if (second.type === 'webauthn')
    return judgeWebauthn(deps, account ?? NOBODY, { proof: second.value, session: second.session })
  return second.type === 'totp'
    ? judgeTotp(deps, account ?? NOBODY, second.value)
    : judgeRecovery(deps, account ?? NOBODY, second.value)
}

/** The code is held against as many secrets for every account, and for none: what is not there is made up. */
async function judgeTotp(
  { db, secrets, clock }: JudgeDeps,
  account: number,
  code: string,
): Promise<Consume | null> {
  const apps = (await listTotp(db, account)).filter(({ suspendedAt }) => suspendedAt === null)
  const nowMs = clock()
  const steps = await Promise.all(
    Array.from({ length: TOTP_MOST }, (_none, place) => {
      const app = apps[place]
      const secret = app
        ? openTotpSecret(app, { account, authenticator: app.id }, secrets.totpEncryption)
        : makeTotpSecret()
      return matchTotpStep({ secret, code, nowMs, lastStep: app?.lastStep ?? null })
    }),
  )
  const right = apps.flatMap(({ id }, place) => {
    const step = steps[place] ?? null
    return step === null ? [] : [{ id, step }]
  })
  const [first] = right
  return first ? () => consumeTotpStep(db, first.id, first.step) : null
}

async function judgeRecovery(
  { db, secrets, clock }: JudgeDeps,
  account: number,
  code: string,
): Promise<Consume | null> {
  const next = await findNextRecoveryCode(db, account)
  if (next === null || !isRecoveryCode(code, account, next, secrets.lookupPepper)) return null
  return () => consumeNext(db, next, clock())
}

const consumeNext = (db: Database, { list, number }: { list: number; number: number }, now: number) =>
  consumeRecoveryCode(db, { list, number, now })

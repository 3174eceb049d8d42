import type { Context } from 'koa'
import { activateEnrolment } from '../commands/activate-enrolment.ts'
import { beginCaptcha } from '../commands/begin-captcha.ts'
import { beginEnrolment } from '../commands/begin-enrolment.ts'
import { beginWebauthnProof } from '../commands/begin-webauthn-proof.ts'
import { confirmEnrolment } from '../commands/confirm-enrolment.ts'
import { countRegistration } from '../commands/count-registration.ts'
import { originOf } from '../accounts/origin.ts'
import { noteSecurityEvent } from '../commands/change-factors.ts'
import { judgeCaptcha } from '../commands/judge-captcha.ts'
import type { OfferedFactor } from '../commands/judge-credentials.ts'
import { logIn } from '../commands/log-in.ts'
import { reauthenticate } from '../commands/reauthenticate.ts'
import { stepUp } from '../commands/step-up.ts'
import type { Deps } from '../deps.ts'
import { ApiError, refuse } from '../errors.ts'
import type { Devices } from '../middleware/devices.ts'
import type { Sessions } from '../middleware/session.ts'
import { sessionEndsAt, sessionEndsAtLatest } from '../session-limits.ts'
import { findAccount, findAccountByName } from '../stores/accounts.ts'
import { countRecoveryCodesLeft } from '../stores/authenticators.ts'
import { moveLastActive, type SessionRow } from '../stores/sessions.ts'
import type { SecondFactor, Session } from '../wire/account.ts'
import { afterAnswer } from './after-answer.ts'
import type { Call, Handlers } from './call.ts'

type SessionRoutes = Pick<
  Handlers,
  | 'session'
  | 'beginCaptcha'
  | 'beginEnrolment'
  | 'confirmEnrolment'
  | 'activateEnrolment'
  | 'login'
  | 'beginWebauthnLogin'
  | 'endSession'
  | 'reportActivity'
  | 'reauthenticate'
  | 'stepUp'
  | 'beginWebauthnStepUp'
>

/** Enrolment, login and the session itself. */
export function sessionRoutes(deps: Deps, sessions: Sessions, devices: Devices): SessionRoutes {
  /** For the catch of a confirmation in a session: writes a wrong one down, and throws on. */
  const noteIfWrong =
    ({ ctx, account, session }: Pick<Call<'stepUp'>, 'ctx' | 'account' | 'session'>) =>
    async (error: unknown): Promise<never> => {
      const asker = { account, session, origin: originOf(ctx) }
      if (isWrong(error)) await noteSecurityEvent(deps, asker, 'confirmation-failed')
      throw error
    }
  const answer = (row: SessionRow): Promise<Session> => describeSession(deps, row, sessions.tokenOf(row))
  return {
    async session({ ctx, session }) {
      const row = session ?? (await sessions.begin(ctx, null))
      if (session) sessions.renewCookie(ctx, row)
      return answer(row)
    },
    beginCaptcha({ session }) {
      return beginCaptcha(deps, { session: session.keyHash })
    },
    async beginEnrolment({ ctx, session, body }) {
      const { username, password, captcha } = body
      await judgeCaptcha(deps, { session: session.keyHash, answer: captcha })
      await countRegistration(deps, ctx.ip)
      return beginEnrolment(deps, { session: session.keyHash, username, password })
    },
    async confirmEnrolment({ session, body }) {
      return { codes: await confirmEnrolment(deps, { session: session.keyHash, code: body.code }) }
    },
    async activateEnrolment({ ctx, session: preSession }) {
      const account = await activateEnrolment(deps, { session: preSession.keyHash })
      await devices.remember(ctx, account)
      const session = await sessions.begin(ctx, account)
      await noteSecurityEvent(deps, { account, session, origin: originOf(ctx) }, 'registered')
      return answer(session)
    },
    beginWebauthnLogin({ session, body }) {
      return beginWebauthnProof(deps, { session: session.keyHash, username: body.username })
    },
    async login({ ctx, session: preSession, body }) {
      const { username, password, captcha } = body
      if (captcha) await judgeCaptcha(deps, { session: preSession.keyHash, answer: captcha })
      const captchaRule = captcha ? {} : { captchaAfter: deps.config.captchaAfterFailures }
      const second = offer(body.second, preSession)
      const caller = { address: ctx.ip, device: devices.of(ctx) }
      const login = { username, password, second, caller, ...captchaRule }
      const account = await logIn(deps, login).catch((error: unknown) => {
        if (isWrong(error)) noteFailedSignIn(deps, ctx, username)
        throw error
      })
      await devices.remember(ctx, account)
      const session = await sessions.begin(ctx, account)
      const kind = second.type === 'recovery' ? 'signed-in-by-recovery-code' : 'signed-in'
      await noteSecurityEvent(deps, { account, session, origin: originOf(ctx) }, kind)
      return answer(session)
    },
    async endSession({ ctx }) {
      sessions.end(ctx)
      return Promise.resolve({})
    },
    async reauthenticate({ ctx, account, session, body }) {
      const caller = { address: ctx.ip, device: devices.of(ctx) }
      await reauthenticate(deps, { account, password: body.password, caller }).catch(
        noteIfWrong({ ctx, account, session }),
      )
      return answer(await sessions.renew(ctx))
    },
    async beginWebauthnStepUp({ account, session }) {
      const found = await findAccount(deps.db, account)
      if (found === null) throw refuse('not_signed_in')
      return beginWebauthnProof(deps, { session: session.keyHash, username: found.username })
    },
    async stepUp({ ctx, account, session, body }) {
      const { password } = body
      const second = offer(body.second, session)
      const caller = { address: ctx.ip, device: devices.of(ctx) }
      await stepUp(deps, { account, password, second, caller }).catch(noteIfWrong({ ctx, account, session }))
      return answer(await sessions.stepUp(ctx))
    },
    async reportActivity({ ctx, session }) {
      const now = deps.clock()
      await moveLastActive(deps.db, session.keyHash, now)
      const row = { ...session, lastActiveAt: now }
      sessions.renewCookie(ctx, row)
      return answer(row)
    },
  }
}

const offer = (second: SecondFactor, { keyHash }: SessionRow): OfferedFactor =>
  second.type === 'webauthn' ? { ...second, session: keyHash } : second

/** Attempts that were not judged are not written down: anybody could fill the list with them. */
const isWrong = (error: unknown): boolean =>
  error instanceof ApiError && ['invalid_credentials', 'wrong_password'].includes(error.code)

function noteFailedSignIn(deps: Deps, ctx: Context, username: string): void {
  const origin = originOf(ctx)
  const work = async (): Promise<void> => {
    const found = await findAccountByName(deps.db, username)
    if (found) await noteSecurityEvent(deps, { account: found.id, session: null, origin }, 'sign-in-failed')
  }
  afterAnswer(ctx, deps, { event: 'sign_in_failure_unnoted', work })
}

async function describeSession(
  { db, config, clock }: Deps,
  row: SessionRow,
  token: string,
): Promise<Session> {
  const now = clock()
  const { mustChangePassword } = row
  if (row.account === null)
    return {
      account: null,
      token,
      now,
      endsAt: null,
      endsAtLatest: null,
      recoveryCodesLeft: null,
      mustChangePassword,
    }
  const account = await findAccount(db, row.account)
  if (account === null) throw refuse('not_signed_in')
  const recoveryCodesLeft = await countRecoveryCodesLeft(db, row.account)
  const [endsAt, endsAtLatest] = [sessionEndsAt(row, config), sessionEndsAtLatest(row, config)]
  return { account, token, now, endsAt, endsAtLatest, recoveryCodesLeft, mustChangePassword }
}

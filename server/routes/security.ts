import { describeBrowser, originOf } from '../accounts/origin.ts'
import { beginWebauthn, confirmWebauthn, removeWebauthn } from '../commands/change-webauthn.ts'
import { changePassword } from '../commands/change-password.ts'
import type { Asker } from '../commands/change-factors.ts'
import { deleteAccount } from '../commands/delete-account.ts'
import { endOtherSession, endOtherSessions } from '../commands/end-other-sessions.ts'
import { makeNewRecoveryCodes } from '../commands/make-recovery-codes.ts'
import { recoverPassword } from '../commands/recover-password.ts'
import { beginTotp, confirmTotp, removeTotp } from '../commands/change-totp.ts'
import {
  judgeLossReport,
  reactivateFound,
  suspendAfterReport,
  suspendLost,
} from '../commands/suspend-authenticator.ts'
import type { Deps } from '../deps.ts'
import type { Sessions } from '../middleware/session.ts'
import { sessionEnds } from '../session-limits.ts'
import { countRecoveryCodesLeft, listAuthenticators } from '../stores/authenticators.ts'
import { listSecurityEvents } from '../stores/security-events.ts'
import { listSessions, type SessionRow } from '../stores/sessions.ts'
import { type Authenticator, SECURITY_EVENTS_MOST } from '../wire/security.ts'
import { afterAnswer } from './after-answer.ts'
import type { Call, Handlers } from './call.ts'

type SecurityRoutes = Pick<
  Handlers,
  | 'sessions'
  | 'endOtherSession'
  | 'endOtherSessions'
  | 'authenticators'
  | 'securityEvents'
  | 'changePassword'
  | 'makeRecoveryCodes'
  | 'beginTotp'
  | 'confirmTotp'
  | 'removeTotp'
  | 'beginWebauthn'
  | 'confirmWebauthn'
  | 'removeWebauthn'
  | 'suspendAuthenticator'
  | 'reactivateAuthenticator'
  | 'reportLoss'
  | 'recoverPassword'
  | 'deleteAccount'
>

/** The account page: sessions, authenticators, changes to them, and what was done. */
export function securityRoutes(deps: Deps, sessions: Sessions): SecurityRoutes {
  const { db, config, clock } = deps
  return {
    async sessions({ account, session }) {
      const rows = await listSessions(db, account, sessionEnds(config, clock()))
      return {
        sessions: rows.map(({ userAgent, ...row }) => ({
          ...row,
          browser: describeBrowser(userAgent),
          isThis: row.id === session.id,
        })),
      }
    },
    async endOtherSession(call) {
      await endOtherSession(deps, askerOf(call), call.params.session)
      return {}
    },
    async endOtherSessions(call) {
      await endOtherSessions(deps, askerOf(call))
      return {}
    },
    async authenticators({ account }) {
      return { authenticators: await describeAuthenticators(deps, account) }
    },
    async securityEvents({ account, session }) {
      const rows = await listSecurityEvents(db, account, SECURITY_EVENTS_MOST)
      return {
        events: rows.map(({ userAgent, session: doneIn, ...row }) => ({
          ...row,
          browser: describeBrowser(userAgent),
          isThis: doneIn !== null && doneIn === session.id,
        })),
      }
    },
    async changePassword(call) {
      await changePassword(deps, askerOf(call), call.body.password)
      return {}
    },
    async makeRecoveryCodes(call) {
      return { codes: await makeNewRecoveryCodes(deps, askerOf(call)) }
    },
    beginTotp({ account }) {
      return beginTotp(deps, account)
    },
    async confirmTotp(call) {
      const { code, name, replaces } = call.body
      await confirmTotp(deps, askerOf(call), { code, name, replaces })
      return {}
    },
    async removeTotp(call) {
      await removeTotp(deps, askerOf(call), call.params.app)
      return {}
    },
    beginWebauthn({ account, session }) {
      return beginWebauthn(deps, { session: session.keyHash, account })
    },
    async confirmWebauthn(call) {
      const { name, key } = call.body
      await confirmWebauthn(deps, askerOf(call), { name, key })
      return {}
    },
    async removeWebauthn(call) {
      await removeWebauthn(deps, askerOf(call), call.params.key)
      return {}
    },
    async suspendAuthenticator(call) {
      await suspendLost(deps, askerOf(call), call.params.authenticator)
      return {}
    },
    async reactivateAuthenticator(call) {
      await reactivateFound(deps, askerOf(call), call.params.authenticator)
      return {}
    },
    async reportLoss({ ctx, body }) {
      const { username, password } = body
      const origin = originOf(ctx)
      const account = await judgeLossReport(deps, { username, password, address: ctx.ip })
      if (account !== null) {
        const work = () => suspendAfterReport(deps, { account, session: null, origin })
        afterAnswer(ctx, deps, { event: 'loss_report_undone', work })
      }
      return {}
    },
    async recoverPassword({ ctx, body }) {
      const { username, password, code, recoveryCode } = body
      await recoverPassword(deps, { username, password, code, recoveryCode, origin: originOf(ctx) })
      return {}
    },
    async deleteAccount({ ctx, account, body }) {
      await deleteAccount(deps, { account, username: body.username })
      sessions.end(ctx)
      return {}
    },
  }
}

type AskingCall = Pick<Call<'changePassword'>, 'ctx' | 'account' | 'session'>
const askerOf = ({ ctx, account, session }: AskingCall): Asker & { readonly session: SessionRow } => ({
  account,
  session,
  origin: originOf(ctx),
})

async function describeAuthenticators({ db }: Deps, account: number): Promise<Authenticator[]> {
  const codesLeft = await countRecoveryCodesLeft(db, account)
  const rows = (await listAuthenticators(db, account)).map((row) => ({
    ...row,
    codesLeft: row.type === 'recovery-codes' && row.revokedAt === null ? codesLeft : null,
  }))
  return [...rows.filter((row) => row.revokedAt === null), ...rows.filter((row) => row.revokedAt !== null)]
}

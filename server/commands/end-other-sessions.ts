import { refuse } from '../errors.ts'
import { findSessionById, revokeSession, revokeSessionsOf } from '../stores/sessions.ts'
import { type Asker, type ChangeDeps, noteSecurityEvent } from './change-factors.ts'

/** Ends one session of the account, which is not the one that asks. Throws session_not_found. */
export async function endOtherSession(deps: ChangeDeps, asker: Asker, id: number): Promise<void> {
  const { db, hub, clock } = deps
  const keyHash = id === asker.session?.id ? null : await findSessionById(db, asker.account, id)
  if (keyHash === null) throw refuse('session_not_found')
  await revokeSession(db, keyHash, clock())
  hub.endSessions([keyHash])
  await noteSecurityEvent(deps, asker, 'session-ended')
}

/** Ends all sessions of the account but the one that asks. */
export async function endOtherSessions(deps: ChangeDeps, asker: Asker): Promise<void> {
  const { db, hub, clock } = deps
  const except = asker.session?.keyHash ?? null
  hub.endSessions(await revokeSessionsOf(db, asker.account, { except, now: clock() }))
  await noteSecurityEvent(deps, asker, 'other-sessions-ended')
}

import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { REGISTRATION_WINDOW_MS } from '../accounts/rates.ts'
import { ADDRESS_WINDOW_MS } from '../accounts/throttle.ts'
import { CAPTCHA_MS, DEVICE_MS, ENROLMENT_MS, sessionEnds, WEBAUTHN_MS } from '../session-limits.ts'
import { deleteOldCaptchas } from '../stores/captchas.ts'
import { discardEnrolment, listEnrolmentsBegunBy } from '../stores/enrolments.ts'
import { deleteOldDevices } from '../stores/known-devices.ts'
import { deleteOldRateCounts } from '../stores/rate-counts.ts'
import { deleteOldSessions, listLiveSessions, revokeEndedSessions } from '../stores/sessions.ts'
import { deleteOldAddressFailures } from '../stores/throttles.ts'
import { deleteOldChallenges } from '../stores/webauthn-challenges.ts'

/**
 * Ends what is over: sessions past a limit are revoked and their streams closed, wherever the session was ended;
 * what is left of old sessions, enrolments that came to nothing and old counts are removed.
 */
export async function endOverdue({
  db,
  hub,
  config,
  clock,
}: Pick<Deps, 'db' | 'hub' | 'config' | 'clock'>): Promise<void> {
  const now = clock()
  const ends = sessionEnds(config, now)
  await inTransaction(db, async (trx) => {
    await revokeEndedSessions(trx, ends, now)
    await deleteOldSessions(trx, ends)
    await deleteOldAddressFailures(trx, now - ADDRESS_WINDOW_MS)
    await deleteOldDevices(trx, now - DEVICE_MS)
    await deleteOldChallenges(trx, now - WEBAUTHN_MS)
    await deleteOldCaptchas(trx, now - CAPTCHA_MS)
    await deleteOldRateCounts(trx, now - REGISTRATION_WINDOW_MS)
  })
  for (const session of await listEnrolmentsBegunBy(db, now - ENROLMENT_MS))
    await inTransaction(db, (trx) => discardEnrolment(trx, session))
  const open = hub.listSessions()
  const live = new Set((await listLiveSessions(db, open)).map((session) => session.toString('hex')))
  hub.endSessions(open.filter((session) => !live.has(session.toString('hex'))))
}

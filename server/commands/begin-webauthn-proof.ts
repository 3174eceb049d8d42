import { siteOf } from '../accounts/webauthn.ts'
import { makeUpCredentialIds } from '../accounts/webauthn-seal.ts'
import { toBase64url } from '../bytes.ts'
import type { Deps } from '../deps.ts'
import { WEBAUTHN_MS } from '../session-limits.ts'
import { findAccountByName } from '../stores/accounts.ts'
import { listUsableCredentialIds } from '../stores/webauthn-authenticators.ts'
import { putChallenge } from '../stores/webauthn-challenges.ts'
import type { WebauthnRequest } from '../wire/webauthn.ts'
import { NOBODY } from './judge-credentials.ts'

export const CHALLENGE_BYTES = 32

/**
 * A challenge for the passkeys and security keys of a name, bound to the session or pre-session that asks, for one answer
 * within five minutes. A name without any, and one that nobody has, gets credential ids that are made up, and costs the same.
 */
export async function beginWebauthnProof(
  {
    db,
    config,
    secrets,
    clock,
    randomBytes,
  }: Pick<Deps, 'db' | 'config' | 'secrets' | 'clock' | 'randomBytes'>,
  { session, username }: { session: Buffer; username: string },
): Promise<WebauthnRequest> {
  const account = (await findAccountByName(db, username))?.id ?? NOBODY
  const kept = await listUsableCredentialIds(db, account)
  const madeUp = makeUpCredentialIds(username, secrets.lookupPepper)
  const challenge = randomBytes(CHALLENGE_BYTES)
  const begunAt = clock()
  await putChallenge(db, session, { purpose: 'prove', challenge, begunAt })
  return {
    challenge: toBase64url(challenge),
    site: siteOf(config).rpId,
    known: (kept.length > 0 ? kept : madeUp).map(toBase64url),
    endsAt: begunAt + WEBAUTHN_MS,
  }
}

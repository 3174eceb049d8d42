import { siteOf, verifyNewKey } from '../accounts/webauthn.ts'
import { sealKey } from '../accounts/webauthn-seal.ts'
import { toBase64url, toU64 } from '../bytes.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { randomId } from '../random-id.ts'
import { WEBAUTHN_MS } from '../session-limits.ts'
import { findAccount } from '../stores/accounts.ts'
import { insertWebauthn, listCredentialIds, revokeWebauthn } from '../stores/webauthn-authenticators.ts'
import { putChallenge, takeChallenge } from '../stores/webauthn-challenges.ts'
import { type NewWebauthnKey, WEBAUTHN_MOST, type WebauthnCreation } from '../wire/webauthn.ts'
import { CHALLENGE_BYTES } from './begin-webauthn-proof.ts'
import { type Asker, type ChangeDeps, changeFactors } from './change-factors.ts'

/** A challenge for a new passkey or security key, bound to the session, for one answer within five minutes. */
export async function beginWebauthn(
  { db, config, clock, randomBytes }: Pick<Deps, 'db' | 'config' | 'clock' | 'randomBytes'>,
  { session, account }: { session: Buffer; account: number },
): Promise<WebauthnCreation> {
  const found = await findAccount(db, account)
  if (found === null) throw refuse('not_signed_in')
  const known = await listCredentialIds(db, account)
  if (known.length >= WEBAUTHN_MOST) throw refuse('webauthn_full')
  const challenge = randomBytes(CHALLENGE_BYTES)
  const begunAt = clock()
  await putChallenge(db, session, { purpose: 'create', challenge, begunAt })
  return {
    challenge: toBase64url(challenge),
    site: siteOf(config).rpId,
    owner: toBase64url(toU64(account)),
    username: found.username,
    known: known.map(toBase64url),
    endsAt: begunAt + WEBAUTHN_MS,
  }
}

/**
 * Binds the key that answered the challenge of this session. Throws webauthn_missing, webauthn_invalid, webauthn_synced and
 * webauthn_full.
 */
export async function confirmWebauthn(
  deps: ChangeDeps & Pick<Deps, 'config' | 'secrets'>,
  asker: Asker & { readonly session: { readonly keyHash: Buffer } },
  { name, key }: { name: string; key: NewWebauthnKey },
): Promise<void> {
  const { db, config, secrets, clock, randomBytes } = deps
  const { account, session } = asker
  const since = clock() - WEBAUTHN_MS
  const challenge = await takeChallenge(db, { session: session.keyHash, purpose: 'create', since })
  if (challenge === null) throw refuse('webauthn_missing')
  const verified = await verifyNewKey(key, { challenge, site: siteOf(config) })
  if (verified === null) throw refuse('webauthn_invalid')
  if (verified.isBackupEligible && !config.mayKeysBeSynced) throw refuse('webauthn_synced')
  const row = { ...verified, id: randomId(randomBytes), account, name }
  const sealed = sealKey(row, secrets.lookupPepper)
  await changeFactors(deps, asker, {
    kind: 'webauthn-added',
    change: async (trx, now) => {
      if ((await listCredentialIds(trx, account)).length >= WEBAUTHN_MOST) throw refuse('webauthn_full')
      if (!(await insertWebauthn(trx, { ...row, ...sealed, boundAt: now }))) throw refuse('webauthn_invalid')
    },
  })
}

/** Revokes a key of the account. Throws webauthn_not_found. */
export async function removeWebauthn(deps: ChangeDeps, asker: Asker, id: number): Promise<void> {
  await changeFactors(deps, asker, {
    kind: 'webauthn-removed',
    change: async (trx, now) => {
      if (!(await revokeWebauthn(trx, asker.account, { id, now }))) throw refuse('webauthn_not_found')
    },
  })
}

import { siteOf, verifyProof } from '../accounts/webauthn.ts'
import { isKeyIntact } from '../accounts/webauthn-seal.ts'
import { fromBase64url } from '../bytes.ts'
import type { Deps } from '../deps.ts'
import { WEBAUTHN_MS } from '../session-limits.ts'
import { findWebauthn, useWebauthn, type WebauthnRow } from '../stores/webauthn-authenticators.ts'
import { takeChallenge } from '../stores/webauthn-challenges.ts'
import type { WebauthnProof } from '../wire/webauthn.ts'

/** A key that nobody has: the point of P-256 that all others are made from, in COSE's form. */
const NOBODYS_KEY = Buffer.from(
  'a50102032620012158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
    '2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  'hex',
)

/**
 * How to record that a passkey or security key was used, or null unless it proved itself to the session's challenge, which is
 * used up either way. An account without that key costs the same work.
 */
export async function judgeWebauthn(
  { db, config, secrets, clock }: Pick<Deps, 'db' | 'config' | 'secrets' | 'clock'>,
  account: number,
  { proof, session }: { proof: WebauthnProof; session: Buffer },
): Promise<(() => Promise<boolean>) | null> {
  const now = clock()
  const challenge = await takeChallenge(db, { session, purpose: 'prove', since: now - WEBAUTHN_MS })
  const credentialId = fromBase64url(proof.credential)
  const row = await findWebauthn(db, account, credentialId)
  const key = row ?? standInFor(account, credentialId, secrets.lookupPepper.current.id)
  const isIntact = isKeyIntact(key, secrets.lookupPepper)
  const site = siteOf(config)
  const used = await verifyProof(proof, { key, challenge: challenge ?? Buffer.alloc(32), site })
  if (challenge === null || row === null || !isIntact || used === null) return null
  return () => useWebauthn(db, row.id, { ...used, now })
}

const standInFor = (account: number, credentialId: Uint8Array, pepperId: number): WebauthnRow => ({
  id: 0,
  account,
  credentialId,
  publicKey: NOBODYS_KEY,
  pepperId,
  tag: Buffer.alloc(48),
  counter: 0,
})

/** Passkeys and security keys (WebAuthn): what the browser is asked, and what it brings back. */
import * as v from 'valibot'
import { binary, binaryOfAtLeast, timeMs, username } from './primitives.ts'

/** COSE's numbers of ES256, ES384 and RS256, the most wanted first. */
export const WEBAUTHN_ALGORITHMS = [-7, -35, -257] as const
/** An account may have so many at a time. */
export const WEBAUTHN_MOST = 10

const credentialId = binaryOfAtLeast(1, 1023)
const challenge = binary(32)
/** The host name that a key belongs to, as WebAuthn's RP ID. */
const site = v.pipe(v.string(), v.minLength(1), v.maxLength(253))
/** JSON of the browser about what it did: type, challenge, origin. */
const clientData = binaryOfAtLeast(1, 4096)

/** What a browser needs to make a new key. */
export const webauthnCreation = v.strictObject({
  challenge,
  site,
  /** Names the account to the key: its id as 8 bytes, and nothing about the person. */
  owner: binary(8),
  username,
  /** Credential ids of the keys that the account has: none of them is to be added twice. */
  known: v.pipe(v.array(credentialId), v.maxLength(WEBAUTHN_MOST)),
  /** Until then the answer is taken. */
  endsAt: timeMs,
})
export type WebauthnCreation = v.InferOutput<typeof webauthnCreation>

export const newWebauthnKey = v.strictObject({
  credential: credentialId,
  clientData,
  attestation: binaryOfAtLeast(1, 4096),
})
export type NewWebauthnKey = v.InferOutput<typeof newWebauthnKey>

/** What a browser needs to have a key prove itself. */
export const webauthnRequest = v.strictObject({
  challenge,
  site,
  /** Credential ids, any of which will do. Those of an account without keys and of a name that nobody has are made up. */
  known: v.pipe(v.array(credentialId), v.minLength(1), v.maxLength(WEBAUTHN_MOST)),
  endsAt: timeMs,
})
export type WebauthnRequest = v.InferOutput<typeof webauthnRequest>

/** A key's answer to the challenge of this session. */
export const webauthnProof = v.strictObject({
  credential: credentialId,
  clientData,
  authenticatorData: binaryOfAtLeast(37, 2048),
  signature: binaryOfAtLeast(1, 1024),
})
export type WebauthnProof = v.InferOutput<typeof webauthnProof>

/**
 * Passkeys and security keys (WebAuthn Level 3): verifies what a browser brought. They are one factor, beside the password:
 * whether the device asked for a finger or a PIN is neither asked nor counted; that somebody touched it is. No attestation
 * is asked for, and none is relied on.
 */
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { cose, decodeAttestationObject, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'
import { fromBase64url, toBase64url } from '../bytes.ts'
import type { Config } from '../config.ts'
import { type NewWebauthnKey, WEBAUTHN_ALGORITHMS, type WebauthnProof } from '../wire/webauthn.ts'

const RSA_LEAST_BYTES = 256

/** Where a key belongs: the origin that browsers report, and the host name that keys are bound to. */
export interface Site {
  readonly origin: string
  readonly rpId: string
}

export const siteOf = ({ publicOrigin }: Pick<Config, 'publicOrigin'>): Site => ({
  origin: publicOrigin,
  rpId: new URL(publicOrigin).hostname,
})

export interface VerifiedKey {
  readonly credentialId: Uint8Array
  /** In COSE's form. */
  readonly publicKey: Uint8Array
  readonly counter: number
  /** It may be copied to other devices. */
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
  /** 16 bytes. */
  readonly aaguid: Uint8Array
}

/** Null unless it is a new key of an allowed kind, made here for this challenge, at a touch. */
export async function verifyNewKey(
  { credential: id, clientData, attestation }: NewWebauthnKey,
  { challenge, site }: { challenge: Uint8Array; site: Site },
): Promise<VerifiedKey | null> {
  if (!isWithoutCertificates(attestation)) return null
  const verified = await verifyRegistrationResponse({
    response: {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON: clientData, attestationObject: attestation },
    },
    expectedChallenge: toBase64url(challenge),
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    requireUserVerification: false,
    supportedAlgorithmIDs: [...WEBAUTHN_ALGORITHMS],
    // The library throws for whatever is not right, and for nothing else.
  }).catch(() => null)
  if (!verified?.verified) return null
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = verified.registrationInfo
  if (credential.id !== id || !isStrong(credential.publicKey)) return null
  return {
    credentialId: fromBase64url(credential.id),
    publicKey: credential.publicKey,
    counter: credential.counter,
    isBackupEligible: credentialDeviceType === 'multiDevice',
    isBackedUp: credentialBackedUp,
    aaguid: Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
  }
}

/** What is kept of a key for verifying. */
export interface KnownKey {
  readonly credentialId: Uint8Array
  readonly publicKey: Uint8Array
  readonly counter: number
}

/** The count that the key gave, or null unless it signed this challenge here, at a touch, and its count went on. */
export async function verifyProof(
  proof: WebauthnProof,
  { key, challenge, site }: { key: KnownKey; challenge: Uint8Array; site: Site },
): Promise<{ counter: number; isBackedUp: boolean } | null> {
  const verified = await verifyAuthenticationResponse({
    response: {
      id: proof.credential,
      rawId: proof.credential,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: proof.clientData,
        authenticatorData: proof.authenticatorData,
        signature: proof.signature,
      },
    },
    expectedChallenge: toBase64url(challenge),
    expectedOrigin: site.origin,
    expectedRPID: site.rpId,
    credential: {
      id: toBase64url(key.credentialId),
      publicKey: new Uint8Array(key.publicKey),
      counter: key.counter,
    },
    requireUserVerification: false,
    // As above.
  }).catch(() => null)
  if (!verified?.verified) return null
  const { newCounter, credentialBackedUp } = verified.authenticationInfo
  return { counter: newCounter, isBackedUp: credentialBackedUp }
}

/**
 * No attestation, or one that the key signs by itself, which browsers pass on unasked. Nothing relies on certificates, so
 * none that a stranger sends is read: the library parses them, and can fetch the lists of revocations that they name.
 */
function isWithoutCertificates(attestation: string): boolean {
  try {
    const decoded = decodeAttestationObject(new Uint8Array(fromBase64url(attestation)))
    const format = decoded.get('fmt')
    return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined)
  } catch {
    return false
  }
}

/** Elliptic curves of the allowed kinds have 128 bits and more; RSA has 112 from 2048 bits on. */
function isStrong(publicKey: Uint8Array<ArrayBuffer>): boolean {
  const decoded = decodeCredentialPublicKey(publicKey)
  if (!cose.isCOSEPublicKeyRSA(decoded)) return true
  return (decoded.get(cose.COSEKEYS.n)?.length ?? 0) >= RSA_LEAST_BYTES
}

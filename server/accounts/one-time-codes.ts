/** Time-based one-time codes: 160-bit secrets, encrypted at rest; six digits of SHA-1, 30 s, one step either way. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { generateSecret, generateURI, verify } from 'otplib'
import { toU64 } from '../bytes.ts'
import type { RandomBytes } from '../random-id.ts'
import type { Keyring } from '../secrets.ts'

const STEP_SECONDS = 30
const GCM_TAG_BYTES = 16
const ISSUER = 'Letterlock'

export interface SealedTotpSecret {
  readonly keyId: number
  /** 12 bytes. */
  readonly nonce: Uint8Array
  /** AES-256-GCM of the base32 text, its tag at the end. */
  readonly ciphertext: Uint8Array
}
/** Binds a sealed secret to its row: one moved to another account or row does not open. */
export interface TotpOwner {
  readonly account: number
  readonly authenticator: number
}

/** A new secret in base32, 32 characters. */
export const makeTotpSecret = (): string => generateSecret({ length: 20 })

/** The otpauth:// address that an authenticator app reads from a QR code. */
export const totpAddress = (username: string, secret: string): string =>
  generateURI({ issuer: ISSUER, label: username, secret })

/**
 * The time step a code is of, or null if it is of none that may still be used: a code is good in its own step and the two
 * beside it, and only above `lastStep`. The caller records the step in the same breath, or the code could be used twice.
 */
export async function matchTotpStep(options: {
  secret: string
  code: string
  nowMs: number
  lastStep: number | null
}): Promise<number | null> {
  const result = await verify({
    secret: options.secret,
    token: options.code,
    epoch: Math.floor(options.nowMs / 1000),
    epochTolerance: STEP_SECONDS,
    ...(options.lastStep === null ? {} : { afterTimeStep: options.lastStep }),
  })
  return result.valid && 'timeStep' in result ? result.timeStep : null
}

export function sealTotpSecret(
  secret: string,
  owner: TotpOwner,
  { keys, randomBytes }: { keys: Keyring; randomBytes: RandomBytes },
): SealedTotpSecret {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keys.current.bytes, nonce).setAAD(ownerBytes(owner))
  const ciphertext = Buffer.concat([cipher.update(secret, 'ascii'), cipher.final(), cipher.getAuthTag()])
  return { keyId: keys.current.id, nonce, ciphertext }
}

/** Throws when the row is not what was sealed for this owner. */
export function openTotpSecret(sealed: SealedTotpSecret, owner: TotpOwner, keys: Keyring): string {
  const ciphertext = Buffer.from(sealed.ciphertext)
  const decipher = createDecipheriv('aes-256-gcm', keys.find(sealed.keyId).bytes, sealed.nonce, {
    authTagLength: GCM_TAG_BYTES,
  })
    .setAAD(ownerBytes(owner))
    .setAuthTag(ciphertext.subarray(-GCM_TAG_BYTES))
  return Buffer.concat([decipher.update(ciphertext.subarray(0, -GCM_TAG_BYTES)), decipher.final()]).toString(
    'ascii',
  )
}

const ownerBytes = ({ account, authenticator }: TotpOwner): Buffer =>
  Buffer.concat([toU64(account), toU64(authenticator), Buffer.from('totp')])

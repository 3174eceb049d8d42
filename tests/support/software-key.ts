/** A security key in software: makes a key pair for each site, counts its uses and signs as WebAuthn says. */
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type {
  NewWebauthnKey,
  WebauthnCreation,
  WebauthnProof,
  WebauthnRequest,
} from '../../server/wire/webauthn.ts'

export type KeyAlgorithm = 'ES256' | 'ES384' | 'RS256' | 'RS256 of 1024 bits' | 'EdDSA'

export interface KeyTraits {
  readonly algorithm?: KeyAlgorithm
  /** The origin that the browser says it is at. */
  readonly origin: string
  /** Somebody touches it. */
  readonly isTouched?: boolean
  /** It may be copied to other devices. */
  readonly isBackupEligible?: boolean
  /** The host name that it is asked for; that of the options where it is left out. */
  readonly site?: string
  /** Its uses so far. */
  readonly counter?: number
}

const UP = 0x01
const BACKUP = 0x08 | 0x10
const ATTESTED = 0x40

export class SoftwareKey {
  readonly credential = randomBytes(32)
  /** Of the last use; -1 before each use makes it one that does not count. */
  counter: number
  /** Another origin, site or touch may be put here. */
  readonly traits: KeyTraits
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject

  constructor(traits: KeyTraits) {
    this.traits = { ...traits }
    this.counter = traits.counter ?? 0
    const pair = makePair(traits.algorithm ?? 'ES256')
    this.#privateKey = pair.privateKey
    this.#publicKey = pair.publicKey
  }

  /** Registers itself; `attest` may sign what a certificate is to vouch for, and gives a packed attestation. */
  create(
    { challenge, site }: Pick<WebauthnCreation, 'challenge' | 'site'>,
    attest: ((signed: Buffer) => Map<string, unknown>) | null = null,
  ): NewWebauthnKey {
    const size = Buffer.alloc(2)
    size.writeUInt16BE(this.credential.length)
    const attested = Buffer.concat([Buffer.alloc(16), size, this.credential, this.#coseKey()])
    const authenticatorData = this.#authenticatorData(site, ATTESTED, attested)
    const clientData = this.#clientData('webauthn.create', challenge)
    const hash = createHash('sha256').update(clientData).digest()
    const object = new Map<string, unknown>([
      ['fmt', attest ? 'packed' : 'none'],
      ['attStmt', attest?.(Buffer.concat([authenticatorData, hash])) ?? new Map()],
      ['authData', new Uint8Array(authenticatorData)],
    ])
    return {
      credential: this.credential.toString('base64url'),
      clientData: clientData.toString('base64url'),
      attestation: encode(object).toString('base64url'),
    }
  }

  /** Signs with the key that it makes known. */
  sign(signed: Buffer): Buffer {
    const algorithm = this.traits.algorithm === 'ES384' ? 'sha384' : 'sha256'
    return createSign(algorithm).update(signed).sign(this.#privateKey)
  }

  /** Answers a challenge, and counts. */
  prove({ challenge, site }: Pick<WebauthnRequest, 'challenge' | 'site'>): WebauthnProof {
    this.counter += 1
    const clientData = this.#clientData('webauthn.get', challenge)
    const authenticatorData = this.#authenticatorData(site, 0)
    const hash = createHash('sha256').update(clientData).digest()
    const signature = this.sign(Buffer.concat([authenticatorData, hash]))
    return {
      credential: this.credential.toString('base64url'),
      clientData: clientData.toString('base64url'),
      authenticatorData: authenticatorData.toString('base64url'),
      signature: signature.toString('base64url'),
    }
  }

  #clientData(type: string, challenge: string): Buffer {
    const { origin } = this.traits
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  }

  #authenticatorData(site: string, flags: number, attested = Buffer.alloc(0)): Buffer {
    const { isTouched = true, isBackupEligible = false } = this.traits
    const all = flags | (isTouched ? UP : 0) | (isBackupEligible ? BACKUP : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(this.counter)
    const hash = createHash('sha256')
      .update(this.traits.site ?? site)
      .digest()
    return Buffer.concat([hash, Buffer.of(all), count, attested])
  }

  #coseKey(): Buffer {
    const jwk = this.#publicKey.export({ format: 'jwk' })
    const bytes = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64url'))
    const [kind, algorithm, curve] = COSE[this.traits.algorithm ?? 'ES256']
    const parts: [number, unknown][] = [
      [1, kind],
      [3, algorithm],
    ]
    if (kind === 3) parts.push([-1, bytes(jwk.n)], [-2, bytes(jwk.e)])
    else parts.push([-1, curve], [-2, bytes(jwk.x)])
    if (kind === 2) parts.push([-3, bytes(jwk.y)])
    return encode(new Map(parts))
  }
}

/** COSE's numbers: kind of key, algorithm, curve. */
const COSE: Readonly<Record<KeyAlgorithm, readonly [kind: number, algorithm: number, curve: number]>> = {
  ES256: [2, -7, 1],
  ES384: [2, -35, 2],
  RS256: [3, -257, 0],
  'RS256 of 1024 bits': [3, -257, 0],
  EdDSA: [1, -8, 6],
}

function makePair(algorithm: KeyAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  if (algorithm === 'ES256' || algorithm === 'ES384')
    return generateKeyPairSync('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })
  return generateKeyPairSync('rsa', { modulusLength: algorithm === 'RS256' ? 2048 : 1024 })
}

// The encoder takes maps of these; its type for them is not exported.
const encode = (value: Map<string | number, unknown> | Map<string, unknown>): Buffer =>
  Buffer.from(isoCBOR.encode(value as Parameters<typeof isoCBOR.encode>[0]))

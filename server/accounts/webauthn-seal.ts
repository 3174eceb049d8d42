/** Ties a passkey’s or security key’s public half to its row, and makes up credential ids where there are none. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { toU64 } from '../bytes.ts'
import type { Keyring } from '../secrets.ts'

export interface BoundKey {
  readonly id: number
  readonly credentialId: Uint8Array
  /** In COSE's form. */
  readonly publicKey: Uint8Array
  readonly pepperId: number
  /** 48 bytes. */
  readonly tag: Uint8Array
}
type Sealed = Pick<BoundKey, 'id' | 'credentialId' | 'publicKey'> & { readonly account: number }

/** As long as authenticators make them: phones, computers, security keys. */
const MADE_UP_SIZES = [16, 20, 32, 32, 32, 48, 64, 64] as const
const MADE_UP_LABEL = 'webauthn made up '

/** The MAC that is kept beside a public key: a row that was altered, or moved to another account, is not used. */
export const sealKey = (key: Sealed, pepper: Keyring): Pick<BoundKey, 'pepperId' | 'tag'> => ({
  pepperId: pepper.current.id,
  tag: computeTag(key, pepper.current.bytes),
})

/** Whether the row is what was sealed. */
export const isKeyIntact = (key: BoundKey & { readonly account: number }, pepper: Keyring): boolean =>
  timingSafeEqual(computeTag(key, pepper.find(key.pepperId).bytes), key.tag)

/** Credential ids of nobody, always the same for a name: one, or for every fourth name two. */
export function makeUpCredentialIds(username: string, pepper: Keyring): Buffer[] {
  const draw = (what: string): Buffer =>
    createHmac('sha512', pepper.current.bytes).update(MADE_UP_LABEL).update(what).update(username).digest()
  const traits = draw('traits ')
  const count = traits.readUInt8(0) % 4 === 0 ? 2 : 1
  return ['first ', 'second ']
    .slice(0, count)
    .map((what, index) =>
      draw(what).subarray(0, MADE_UP_SIZES[traits.readUInt8(index + 1) % MADE_UP_SIZES.length]),
    )
}

function computeTag({ account, id, credentialId, publicKey }: Sealed, key: Uint8Array): Buffer {
  return createHmac('sha384', key)
    .update('webauthn key ')
    .update(toU64(account))
    .update(toU64(id))
    .update(toU64(credentialId.length))
    .update(credentialId)
    .update(publicKey)
    .digest()
}

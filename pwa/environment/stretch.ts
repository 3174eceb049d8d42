/** Argon2id in plain JavaScript: the content policy lets no WebAssembly run. */
import { argon2id } from '@noble/hashes/argon2.js'
import { fromBase64url } from '../protocol/bytes.ts'

export interface StretchBy {
  /** Base64url. */
  readonly salt: string
  readonly memoryKib: number
  readonly passes: number
}

/** 32 bytes, with one lane. Takes seconds and blocks: a worker runs it. */
export const stretch = (passphrase: Uint8Array<ArrayBuffer>, { salt, memoryKib, passes }: StretchBy) =>
  Uint8Array.from(argon2id(passphrase, fromBase64url(salt), { t: passes, m: memoryKib, p: 1, dkLen: 32 }))

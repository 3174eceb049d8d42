import { randomBytes } from 'node:crypto'
import type { Keyring, Secrets } from '../../server/secrets.ts'

/** Fresh keys, one for each purpose, that are in no file. */
export function makeSecrets(): Secrets {
  const makeKeyring = (): Keyring => {
    const current = { id: 1, bytes: randomBytes(32) }
    return { current, find: () => current }
  }
  return {
    passwordPepper: makeKeyring(),
    lookupPepper: makeKeyring(),
    totpEncryption: makeKeyring(),
    csrf: makeKeyring(),
  }
}

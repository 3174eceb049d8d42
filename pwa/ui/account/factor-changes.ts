/** What can be done with each authenticator on the account page, and how its buttons say it. */
import type { Authenticator } from '../../../server/wire/security.ts'
import { nameFactor } from './security-words.ts'

export type FactorChange = 'change-password' | 'replace-app' | 'remove' | 'make-codes'

/** The only app can be replaced and not removed. `present`: all that are not revoked. */
export function listChanges(
  { type }: Authenticator,
  present: readonly Authenticator[],
): readonly FactorChange[] {
  if (type === 'password') return ['change-password']
  if (type === 'recovery-codes') return ['make-codes']
  if (type === 'webauthn') return ['remove']
  return [present.filter(({ app }) => app !== null).length > 1 ? 'remove' : 'replace-app']
}

/** What the button says, and the rest of its name for those who hear it without its surroundings. */
export function sayChange(change: FactorChange, one: Authenticator): readonly [says: string, more: string] {
  switch (change) {
    case 'change-password':
      return ['Change', 'password']
    case 'make-codes':
      return ['Make new', 'codes']
    case 'replace-app':
      return ['Replace', 'app']
    case 'remove':
      return ['Remove', nameFactor(one)]
  }
}

/** What can be done with each authenticator on the account page, and how its buttons say it. */
import type { Authenticator } from '../../../server/wire/security.ts'
import { nameFactor } from './security-words.ts'

export type FactorChange =
  'change-password' | 'suspend' | 'reactivate' | 'replace-app' | 'remove' | 'make-codes'

/** The only app that signs in can be replaced and not removed. `present`: all that are not revoked. */
export function listChanges(one: Authenticator, present: readonly Authenticator[]): readonly FactorChange[] {
  if (one.type === 'password') return ['change-password']
  if (one.type === 'recovery-codes') return ['make-codes']
  const atLoss = one.suspendedAt === null ? 'suspend' : 'reactivate'
  const hasOtherApp = present.some(
    ({ app, suspendedAt }) => app !== null && app.id !== one.app?.id && suspendedAt === null,
  )
  return [atLoss, one.type === 'totp' && !hasOtherApp ? 'replace-app' : 'remove']
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
    case 'suspend':
      return ['Lost it', nameFactor(one)]
    case 'reactivate':
      return ['Use again', nameFactor(one)]
    case 'remove':
      return ['Remove', nameFactor(one)]
  }
}

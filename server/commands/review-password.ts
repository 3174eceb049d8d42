import { isKnownBreached } from '../accounts/judge-password.ts'
import { takePassword } from '../accounts/password-intake.ts'
import type { Deps } from '../deps.ts'
import { findPassword, replacePassword } from '../stores/authenticators.ts'
import { distrustPassword } from './distrust-password.ts'

/**
 * What can only be done while a password is at hand, after it signed somebody in: it is kept anew where the costs were raised
 * or the pepper was changed since, and the breach list is asked again.
 */
export async function reviewPassword(
  deps: Pick<Deps, 'db' | 'hasher' | 'breaches' | 'clock'>,
  { account, password }: { account: number; password: string },
): Promise<void> {
  await renewHash(deps, account, password)
  if (await isKnownBreached(deps.breaches, password))
    await distrustPassword(deps, { account, areCodesGuessed: false })
}

async function renewHash(
  { db, hasher }: Pick<Deps, 'db' | 'hasher'>,
  account: number,
  text: string,
): Promise<void> {
  const intake = takePassword(text)
  const before = await findPassword(db, account)
  if (!intake.isAccepted || before === null || hasher.isCurrent(before)) return
  await replacePassword(db, { account, before, stored: await hasher.hash(account, intake.password) })
}

import { isKnownBreached } from '../accounts/judge-password.ts'
import { openTotpSecret, sealTotpSecret } from '../accounts/one-time-codes.ts'
import { takePassword } from '../accounts/password-intake.ts'
import type { Deps } from '../deps.ts'
import { findPassword, listTotp, replacePassword, replaceTotpSecret } from '../stores/authenticators.ts'
import { distrustPassword } from './distrust-password.ts'

/**
 * What is due after a login, while the password is at hand: it is kept anew where the costs were raised or the pepper was
 * changed since, the secrets for one-time codes go under the newest key, and the breach list is asked again.
 */
export async function reviewSecrets(
  deps: Pick<Deps, 'db' | 'hasher' | 'breaches' | 'secrets' | 'randomBytes' | 'clock'>,
  { account, password }: { account: number; password: string },
): Promise<void> {
  await renewHash(deps, account, password)
  await renewTotp(deps, account)
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
  // Nobody is turned away at this point because the line is full: the next login tries again.
  const stored = await hasher.hash(account, intake.password).catch(() => null)
  if (stored !== null) await replacePassword(db, { account, before, stored })
}

async function renewTotp(
  { db, secrets, randomBytes }: Pick<Deps, 'db' | 'secrets' | 'randomBytes'>,
  account: number,
): Promise<void> {
  const keys = secrets.totpEncryption
  for (const totp of await listTotp(db, account)) {
    if (totp.keyId === keys.current.id) continue
    const owner = { account, authenticator: totp.id }
    const sealed = sealTotpSecret(openTotpSecret(totp, owner, keys), owner, { keys, randomBytes })
    await replaceTotpSecret(db, totp.id, sealed)
  }
}

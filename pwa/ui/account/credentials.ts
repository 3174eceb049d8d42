/** What the account forms check before they ask the server. The server checks everything again. */

const USERNAME = /^[a-z][a-z0-9._-]{2,31}$/
const ONE_TIME_CODE = /^[0-9]{6}$/

export const PASSWORD_LEAST = 8
export const PASSWORD_URGED = 15
export const PASSWORD_MOST = 128

/** A username in its one spelling, or null if it cannot be one. */
export function parseUsername(typed: string): string | null {
  const username = typed.trim().toLowerCase()
  return USERNAME.test(username) ? username : null
}

/** The six digits of a one-time code; authenticator apps show them with a space. Null for anything else. */
export function parseOneTimeCode(typed: string): string | null {
  const code = typed.replace(/\s/g, '')
  return ONE_TIME_CODE.test(code) ? code : null
}

/** Length of a password as the server counts it: code points, of the typed or the normalised form, whichever has fewer. */
export function countCharacters(password: string): number {
  return Math.min(Array.from(password).length, Array.from(password.normalize('NFKC')).length)
}

/** What is wrong with a new password; null if nothing is. */
export function findPasswordFault(password: string): string | null {
  if (countCharacters(password) < PASSWORD_LEAST) {
    return `Use at least ${PASSWORD_LEAST} characters; ${PASSWORD_URGED} or more are better.`
  }
  if (Array.from(password).length > PASSWORD_MOST) return `Use at most ${PASSWORD_MOST} characters.`
  return null
}

/** True if a password holds characters that another keyboard may not have, or may compose in another way. */
export function isHardToTypeElsewhere(password: string): boolean {
  return /[^\x20-\x7E]/u.test(password)
}

/** The secret for an authenticator app in groups of four, easier to type. */
export function formatSecret(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ')
}

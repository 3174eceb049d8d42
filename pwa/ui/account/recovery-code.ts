/** Recovery codes as people read and type them: Crockford's base32 in groups. */

const CODE = /^[0-9A-HJKMNP-TV-Z]{26}$/
const GROUPS = /^(.{5})(.{5})(.{5})(.{5})(.{6})$/

/**
 * What was typed, as the 26 characters the server expects: dashes, spaces and lower case are fine, and the letters
 * that Crockford's alphabet leaves out are read as the digits they look like. Null if it cannot be a recovery code.
 */
export function parseRecoveryCode(typed: string): string | null {
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Dash_Punctuation}−]/gu, '')
    .replace(/[IL]/g, '1')
    .replace(/O/g, '0')
  return CODE.test(code) ? code : null
}

/** A code in groups, to be read from paper: `XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX`. */
export function formatRecoveryCode(code: string): string {
  return code.replace(GROUPS, '$1-$2-$3-$4-$5')
}

/** The text file with all codes of an account. */
export function formatRecoverySheet(username: string, codes: readonly string[]): string {
  const lines = codes.map((code, index) => `${String(index + 1).padStart(2)}.  ${formatRecoveryCode(code)}`)
  return [
    `Letterlock recovery codes for ${username}`,
    '',
    'Each code works once, in this order. Use the first one that is not crossed out,',
    'together with your password, when you do not have your authenticator app at hand.',
    '',
    ...lines,
    '',
  ].join('\n')
}

/** Passwords made of words that an attacker knows before guessing. */

/** Words that stand for a password anywhere, beside the server's own names: tried first by everybody. */
const EXPECTED_WORDS = ['letterlock', 'password', 'passwort', 'messenger', 'welcome', 'secret']
const LEAST_OTHER_CODE_POINTS = 8
/** Shorter labels of a host name, such as `com`, stand inside too many other words. */
const LEAST_LABEL_LENGTH = 4

const LEET = new Map(Object.entries({ '0': 'o', '3': 'e', '4': 'a', '@': 'a', '5': 's', $: 's', '7': 't' }))

/** The words for an account: its username, the server's host name by its parts, and the expected ones. */
export const contextWords = (username: string, publicOrigin: string): string[] => [
  username,
  ...new URL(publicOrigin).hostname.split('.').filter((label) => label.length >= LEAST_LABEL_LENGTH),
  ...EXPECTED_WORDS,
]

/**
 * Whether a password is one of the words - forwards, backwards or repeated - or holds one with fewer than 8 other code
 * points. Case, punctuation and look-alike digits do not count. So `alice2024!` is, and `alice-correct-horse` is not.
 */
export function isContextual(password: string, words: readonly string[]): boolean {
  const length = Array.from(password).length
  return words.some((word) => {
    const folded = foldings(word)
    const hasRoom = length - Array.from(word).length >= LEAST_OTHER_CODE_POINTS
    return foldings(password).some((text) =>
      folded.some(
        (part) => isMadeOf(text, part) || isMadeOf(text, reverse(part)) || (!hasRoom && text.includes(part)),
      ),
    )
  })
}

const isMadeOf = (text: string, part: string): boolean =>
  part !== '' && text.replaceAll(part, '') === '' && text !== ''

const reverse = (text: string): string => Array.from(text).reverse().join('')

/** A 1 may stand for an i and for an l. */
const foldings = (text: string): string[] => ['i', 'l'].map((one) => fold(text, one))

const fold = (text: string, one: string): string =>
  Array.from(text.toLowerCase(), (sign) => (sign === '1' ? one : (LEET.get(sign) ?? sign)))
    .join('')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')

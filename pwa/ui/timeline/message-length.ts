/** Longest text of a message, in bytes of UTF-8: the protocol's limit. */
export const TEXT_MOST_BYTES = 16 * 1024

/** From here on the composer says how much room is left. */
const WARN_BELOW_BYTES = 500

const encoder = new TextEncoder()

/** What the composer says about the length of a text; null while there is plenty of room. */
export function describeLength(text: string): { readonly isTooLong: boolean; readonly words: string } | null {
  const leftBytes = TEXT_MOST_BYTES - encoder.encode(text.trim()).length
  if (leftBytes >= WARN_BELOW_BYTES) return null
  if (leftBytes >= 0) return { isTooLong: false, words: `Room for about ${leftBytes} more characters.` }
  return { isTooLong: true, words: `Too long by about ${-leftBytes} characters. Send it in parts.` }
}

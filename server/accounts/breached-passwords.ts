/**
 * Asks Have I Been Pwned whether a password stands in a known breach, by range: it is told five of the forty hex digits of
 * the password's SHA-1 and answers with all hashes that begin so. Source: https://haveibeenpwned.com/API/v3#PwnedPasswords
 */
import { createHash } from 'node:crypto'

const ANSWER_MOST_MS = 2000
const PREFIX_DIGITS = 5

export interface BreachCheck {
  /** Whether one of these spellings of a password is known from a breach; null when nobody could say. */
  isBreached(spellings: readonly string[]): Promise<boolean | null>
}

/** `baseUrl` null: nobody is asked, and the answer is always null. `onUnavailable`: the list did not answer. */
export function createBreachCheck({
  baseUrl,
  onUnavailable,
}: {
  baseUrl: string | null
  onUnavailable: () => void
}): BreachCheck {
  if (baseUrl === null) return { isBreached: () => Promise.resolve(null) }
  return {
    async isBreached(spellings) {
      try {
        const answers = await Promise.all([...new Set(spellings)].map((one) => isListed(baseUrl, one)))
        return answers.includes(true)
      } catch {
        onUnavailable()
        return null
      }
    },
  }
}

async function isListed(baseUrl: string, password: string): Promise<boolean> {
  const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
  const response = await fetch(`${baseUrl}/range/${hash.slice(0, PREFIX_DIGITS)}`, {
    headers: { 'Add-Padding': 'true', 'User-Agent': 'Letterlock' },
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MOST_MS),
  })
  if (!response.ok) throw new Error(`the breach list answered ${response.status}`)
  const rest = hash.slice(PREFIX_DIGITS)
  return (await response.text()).split('\n').some((line) => {
    const [suffix, count] = line.trim().split(':')
    // Lines with the count 0 are padding, which hides how long the true answer is.
    return suffix?.toUpperCase() === rest && Number(count) > 0
  })
}

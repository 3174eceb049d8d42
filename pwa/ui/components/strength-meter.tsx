import { useEffect, useState } from 'preact/hooks'
import { countCharacters, PASSWORD_URGED } from '../account/credentials.ts'
import { judgePassword, type Strength } from '../account/password-strength.ts'

const WORDS = ['Very weak', 'Weak', 'Fair', 'Good', 'Strong'] as const
const SETTLE_MS = 150

/** How hard the password is to guess, and how to do better. Says nothing about an empty one. */
export function StrengthMeter({ password, username }: { password: string; username: string }) {
  const strength = useStrength(password, username)
  if (strength === null) return null
  return (
    <div class="strength">
      <div
        class={`strength-bar strength-${strength.score}`}
        role="meter"
        aria-label="Password strength"
        aria-valuemin={0}
        aria-valuemax={4}
        aria-valuenow={strength.score}
        aria-valuetext={WORDS[strength.score]}
      >
        <span />
        <span />
        <span />
        <span />
      </div>
      <p class="strength-words" aria-live="polite">
        <b>{WORDS[strength.score]}.</b> {strength.advice ?? adviseLength(password)}
      </p>
    </div>
  )
}

function adviseLength(password: string): string {
  if (countCharacters(password) >= PASSWORD_URGED) return ''
  return `${PASSWORD_URGED} characters or more are better: a few unrelated words are easy to keep in mind.`
}

/** Null while there is nothing to judge, and where the word lists cannot be loaded: the server judges in any case. */
function useStrength(password: string, username: string): Strength | null {
  const [strength, setStrength] = useState<Strength | null>(null)
  useEffect(() => {
    let isStale = false
    const tell = (next: Strength | null) => {
      if (!isStale) setStrength(next)
    }
    const timer = setTimeout(() => {
      if (password === '') tell(null)
      else judgePassword(password, username).then(tell, () => tell(null))
    }, SETTLE_MS)
    return () => {
      isStale = true
      clearTimeout(timer)
    }
  }, [password, username])
  return strength
}

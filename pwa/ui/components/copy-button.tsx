import { useEffect, useState } from 'preact/hooks'
import { CopyIcon } from './icons.tsx'

const SHOWN_MS = 2500

/** Copies a text and says so; `label` is what the button says at rest. */
export function CopyButton({ label, text }: { label: string; text: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null)

  useEffect(() => {
    if (outcome === null) return undefined
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
    } catch {
      setOutcome('failed')
    }
  }

  return (
    <button type="button" class="button button-quiet" onClick={() => void copy()}>
      <CopyIcon />
      <span class="button-words" aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Select the text and copy it' : label}
      </span>
    </button>
  )
}

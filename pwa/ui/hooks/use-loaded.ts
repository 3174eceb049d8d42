import { useCallback, useEffect, useState } from 'preact/hooks'
import { describeError } from '../words.ts'

export interface Loaded<T> {
  /** Undefined before the first answer; the last one stands while another is fetched. */
  readonly value: T | undefined
  /** Why there is no newer answer, as a sentence; null if there is. */
  readonly fault: string | null
  readonly reload: () => void
}

/** What `load` gives, fetched anew whenever `occasion` changes; null: it is of no use to ask now. */
export function useLoaded<T>(load: () => Promise<T>, occasion: string | null): Loaded<T> {
  const [value, setValue] = useState<T>()
  const [fault, setFault] = useState<string | null>(null)
  const [turn, setTurn] = useState(0)

  useEffect(() => {
    setFault(null)
    if (occasion === null) return undefined
    let isStale = false
    async function fetchAnew(): Promise<void> {
      try {
        const next = await load()
        if (isStale) return
        setValue(() => next)
        setFault(null)
      } catch (error) {
        if (!isStale) setFault(describeError(error))
      }
    }
    void fetchAnew()
    return () => {
      isStale = true
    }
  }, [occasion, turn])

  return { value, fault, reload: useCallback(() => setTurn((before) => before + 1), []) }
}

import { useEffect, useState } from 'preact/hooks'

/** True once `value` has been true for `forMs`, and false as soon as it is false: what is over in a moment is not shown. */
export function useLasting(value: boolean, forMs: number): boolean {
  const [hasLasted, setHasLasted] = useState(false)
  useEffect(() => {
    setHasLasted(false)
    if (!value) return undefined
    const timer = setTimeout(() => setHasLasted(true), forMs)
    return () => clearTimeout(timer)
  }, [value, forMs])
  return value && hasLasted
}

import { useEffect, useState } from 'preact/hooks'
import type { Live } from '../../client/contract/live.ts'

/**
 * The present value of a live view; undefined until it has told its first. When another view is passed in, the last
 * value of the one before stands until the new one tells: nothing flickers while more history loads.
 */
export function useLive<T>(live: Live<T>): T | undefined {
  const [value, setValue] = useState<T>()
  useEffect(() => live.subscribe((next) => setValue(() => next)), [live])
  return value
}

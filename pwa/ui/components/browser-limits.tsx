import { LIMIT_WORDS, readBrowserLimits } from '../browser-limits.ts'
import { useLoaded } from '../hooks/use-loaded.ts'

/** A part of a text about the app; nothing in a browser that has everything. */
export function BrowserLimits() {
  const { value: limits = [] } = useLoaded(readBrowserLimits, 'shown')
  if (limits.length === 0) return null
  return (
    <>
      <h3>What this browser does not do</h3>
      <ul>
        {limits.map((limit) => (
          <li key={limit}>{LIMIT_WORDS[limit]}</li>
        ))}
      </ul>
    </>
  )
}

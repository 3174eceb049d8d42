import { useEffect } from 'preact/hooks'
import { LIMIT_WORDS, listBrowserLimits } from '../browser-limits.ts'
import { useClient } from '../hooks/use-client.ts'
import { useLive } from '../hooks/use-live.ts'

/** A part of a text about the app; nothing in a browser that has everything. */
export function BrowserLimits() {
  const { storage } = useClient()
  const limits = listBrowserLimits(useLive(storage.health) ?? null)
  useEffect(() => void storage.look(), [])
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

import { useEffect } from 'preact/hooks'
import type { Timeline } from '../../client/client.ts'
import { useClient } from './use-client.ts'

/** Marks a conversation as read up to its newest item whenever the page is looked at. */
export function useMarkRead(contact: number, timeline: Timeline | undefined): void {
  const client = useClient()
  const newestId = timeline?.items.at(-1)?.id
  useEffect(() => {
    if (newestId === undefined) return undefined
    const mark = () => {
      if (document.visibilityState !== 'visible') return
      // A badge that stays for a while is no loss: the next item or the next look marks again.
      client.markRead(contact).catch(() => undefined)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [client, contact, newestId])
}

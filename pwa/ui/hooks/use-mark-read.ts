import { useEffect } from 'preact/hooks'
import type { Timeline } from '../../client/contract/conversation.ts'
import { useClient } from './use-client.ts'

/** Marks a conversation as read up to what has come in whenever the page is looked at. */
export function useMarkRead(contact: number, timeline: Timeline | undefined): void {
  const client = useClient()
  // What is written here stands below everything that arrives before it is sent: the newest item alone does not tell.
  const receivedId = timeline?.items.findLast((item) => !item.isMine)?.id
  useEffect(() => {
    if (receivedId === undefined) return undefined
    const mark = () => {
      if (document.visibilityState !== 'visible') return
      // A badge that stays for a while is no loss: the next item or the next look marks again.
      client.markRead(contact).catch(() => undefined)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [client, contact, receivedId])
}

import { useMemo, useState } from 'preact/hooks'
import type { Timeline } from '../../client/contract/conversation.ts'
import type { Live } from '../../client/contract/live.ts'
import { useClient } from './use-client.ts'
import { useLive } from './use-live.ts'

/** So many items at first, and so many more each time the reader comes to the beginning. */
const STEP_ITEMS = 50

export interface TimelineWindow {
  /** Undefined until the history has been read. */
  readonly timeline: Timeline | undefined
  readonly isLoadingOlder: boolean
  readonly loadOlder: () => void
}

/** The newest part of a conversation's timeline, which grows into the past on demand. */
export function useTimeline(contact: number): TimelineWindow {
  const client = useClient()
  const [limit, setLimit] = useState(STEP_ITEMS)
  const live = useMemo(() => withLimit(client.timeline(contact, limit), limit), [client, contact, limit])
  const shown = useLive(live)
  return {
    timeline: shown?.timeline,
    isLoadingOlder: shown !== undefined && shown.limit < limit,
    loadOlder: () => setLimit(limit + STEP_ITEMS),
  }
}

/** Says with each value which limit it was asked with: until the next answer, the one before stays on screen. */
function withLimit(
  live: Live<Timeline>,
  limit: number,
): Live<{ readonly timeline: Timeline; readonly limit: number }> {
  return { subscribe: (listener) => live.subscribe((timeline) => listener({ timeline, limit })) }
}

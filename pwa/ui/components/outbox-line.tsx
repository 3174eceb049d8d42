import type { WaitingConversation } from '../../client/contract/outbox.ts'
import { useLasting } from '../hooks/use-lasting.ts'
import { describeOutbox } from '../outbox-words.ts'
import { ClockIcon, WarningIcon } from './icons.tsx'

/** A message that leaves at once is not worth a line. */
const SHOWN_AFTER_MS = 1_500

interface OutboxLineProps {
  readonly outbox: readonly WaitingConversation[]
  readonly onOpen: () => void
}

/** The quiet line below the conversations that leads to what waits. Nothing while nothing does. */
export function OutboxLine({ outbox, onOpen }: OutboxLineProps) {
  const isParked = outbox.some(({ parked }) => parked !== null)
  const isWaiting = useLasting(outbox.length > 0, SHOWN_AFTER_MS)
  return (
    <div role="status" class="outbox-line-place">
      {(isParked || isWaiting) && (
        <button type="button" class={`outbox-line${isParked ? ' outbox-line-parked' : ''}`} onClick={onOpen}>
          {isParked ? <WarningIcon /> : <ClockIcon />}
          <span>{describeOutbox(outbox)}</span>
          <span class="outbox-line-way">Show</span>
        </button>
      )}
    </div>
  )
}

import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { WaitingMessage } from '../../client/contract/outbox.ts'
import type { Status } from '../../client/contract/status.ts'
import { describeWaiting } from '../outbox-words.ts'
import { describeInFull, describeTime } from '../timeline/days.ts'
import { Button } from './button.tsx'

interface OutboxItemProps {
  readonly message: WaitingMessage
  readonly status: Status
  readonly isBusy: boolean
  readonly onEdit: () => void
  readonly onDelete: () => void
}

/** A message that waits: its text, why it waits, and, while it has surely not left, the ways to change that. */
export function OutboxItem({ message, status, isBusy, onEdit, onDelete }: OutboxItemProps) {
  const [isAsking, setIsAsking] = useState(false)
  const line = useRef<HTMLLIElement>(null)
  const wasAsking = useRef(false)
  const id = useId()

  // The button that was pressed is gone: the focus stays with the message.
  useLayoutEffect(() => {
    if (isAsking !== wasAsking.current) line.current?.querySelector('button')?.focus()
    wasAsking.current = isAsking
  }, [isAsking])

  return (
    <li ref={line} class="outbox-item">
      <p id={id} class="outbox-text" dir="auto">
        {message.text}
      </p>
      <p class="outbox-state">
        <time dateTime={new Date(message.at).toISOString()} title={describeInFull(message.at)}>
          {describeTime(message.at)}
        </time>
        <span>{describeWaiting(message, status)}</span>
      </p>
      {message.canWithdraw && !isAsking && (
        <div class="outbox-ways" role="group" aria-labelledby={id}>
          <Button kind="quiet" isBusy={isBusy} onPress={onEdit}>
            Edit
          </Button>
          <Button kind="quiet" onPress={() => setIsAsking(true)}>
            Do not send
          </Button>
        </div>
      )}
      {message.canWithdraw && isAsking && (
        <div class="outbox-ways" role="group" aria-labelledby={id}>
          <p>Delete this message for good?</p>
          <Button kind="quiet" onPress={() => setIsAsking(false)}>
            Keep it
          </Button>
          <Button kind="danger" isBusy={isBusy} onPress={onDelete}>
            Delete
          </Button>
        </div>
      )}
    </li>
  )
}

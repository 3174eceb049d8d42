import { useEffect, useRef } from 'preact/hooks'
import type { WaitingConversation } from '../../client/contract/outbox.ts'
import type { Status } from '../../client/contract/status.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand, type Command } from '../hooks/use-command.ts'
import { countWaiting, describeParked } from '../outbox-words.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'
import { OutboxItem } from './outbox-item.tsx'

interface OutboxDialogProps {
  readonly outbox: readonly WaitingConversation[]
  readonly status: Status
  /** A message was taken back to be changed: its text is the draft of its conversation. */
  readonly onEdit: (contact: number) => void
  readonly onClose: () => void
}

/** Everything that has not arrived at the server: why, and what can be done about it. */
export function OutboxDialog({ outbox, status, onEdit, onClose }: OutboxDialogProps) {
  const client = useClient()
  const command = useCommand()
  const foot = useRef<HTMLElement>(null)
  const count = countWaiting(outbox)

  // What was in focus may have left with its message.
  useEffect(() => {
    if (!document.activeElement?.closest('dialog'))
      foot.current?.querySelector<HTMLElement>('button:last-child')?.focus()
  }, [count])

  return (
    <Dialog title="Waiting messages" onClose={onClose}>
      <p class="outbox-note">
        They are kept on this device and sent by themselves, in their order, as soon as that is possible.
      </p>
      {outbox.length === 0 && <p role="status">Nothing waits. Everything has arrived at the server.</p>}
      {outbox.map((waiting) => (
        <OutboxOfContact
          key={waiting.contact.id}
          waiting={waiting}
          status={status}
          command={command}
          onEdit={onEdit}
        />
      ))}
      <Fault words={command.fault} />
      <footer ref={foot} class="dialog-foot">
        <Button kind="quiet" onPress={() => client.retry()} isDisabled={outbox.length === 0}>
          Try now
        </Button>
        <Button onPress={onClose}>Done</Button>
      </footer>
    </Dialog>
  )
}

interface OutboxOfContactProps {
  readonly waiting: WaitingConversation
  readonly status: Status
  readonly command: Command
  readonly onEdit: (contact: number) => void
}

function OutboxOfContact({ waiting, status, command, onEdit }: OutboxOfContactProps) {
  const client = useClient()
  const { contact, parked, messages } = waiting
  const id = `outbox-of-${contact.id}`
  return (
    <section class="outbox-part" aria-labelledby={id}>
      <h3 id={id}>To {contact.username}</h3>
      {parked !== null && (
        <div class="outbox-parked">
          <p>{describeParked(parked, contact.username)}</p>
          <Button
            kind="quiet"
            isBusy={command.isBusy}
            onPress={() => command.run(() => client.retryParked(contact.id))}
          >
            Try again<span class="hidden-words"> to send to {contact.username}</span>
          </Button>
        </div>
      )}
      <ul class="outbox-items">
        {messages.map((message) => (
          <OutboxItem
            key={message.id}
            message={message}
            status={status}
            isBusy={command.isBusy}
            onEdit={() =>
              command.run(async () => {
                await client.editMessage(message.id)
                onEdit(contact.id)
              })
            }
            onDelete={() => command.run(() => client.withdrawMessage(message.id))}
          />
        ))}
      </ul>
    </section>
  )
}

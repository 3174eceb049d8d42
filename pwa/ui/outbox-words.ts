/** What the outbox view says of each message that waits. */
import type { ParkReason, WaitingConversation, WaitingMessage } from '../client/contract/outbox.ts'
import type { Status } from '../client/contract/status.ts'

const STATE_WORDS: Readonly<Record<Exclude<WaitingMessage['state'], 'queued'>, string>> = {
  keys: 'Waiting for keys',
  held: 'Held, because the security code changed',
  behind: 'Waiting for the message before it',
  sending: 'On its way',
  checking: 'Sent, but no answer came back. Finding out whether it arrived.',
  parked: 'Not sent',
}

/** Where a message stands, and what it waits for. */
export function describeWaiting(
  { state }: Pick<WaitingMessage, 'state'>,
  { who, connection }: Pick<Status, 'who' | 'connection'>,
): string {
  if (state !== 'queued') return STATE_WORDS[state]
  if (who.state === 'expired') return 'Waiting for you to sign in again'
  if (who.state === 'unreachable' || connection !== 'connected') return 'Waiting for the network'
  return 'Next to be sent'
}

const PARK_WORDS: Readonly<Record<ParkReason, (contactName: string) => string>> = {
  too_large: () => 'The server takes no message of this size. Edit it, and send it in parts.',
  contact_gone: (name) =>
    `There is no account of ${name} any more, so nothing can be sent there. Keep what you need elsewhere, then delete it here.`,
  id_taken: () =>
    'The server holds another message in the place of this one. Edit it, and send it as a new one.',
  refused: () =>
    'The server refused this message. Load the page again to have the newest version, then try again.',
}

/** Why nothing leaves a conversation, and what to do about it. */
export function describeParked(reason: ParkReason, contactName: string): string {
  return PARK_WORDS[reason](contactName)
}

export const countWaiting = (outbox: readonly WaitingConversation[]): number =>
  outbox.reduce((sum, { messages }) => sum + messages.length, 0)

/** The line that leads to the outbox. */
export function describeOutbox(outbox: readonly WaitingConversation[]): string {
  const parked = outbox.filter((one) => one.parked !== null).length
  if (parked > 0)
    return parked === 1 ? 'A message was not sent' : `Messages in ${parked} conversations were not sent`
  const count = countWaiting(outbox)
  return count === 1 ? '1 message is waiting' : `${count} messages are waiting`
}

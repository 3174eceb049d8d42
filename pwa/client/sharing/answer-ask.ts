/** What the person decides about the contact's question for the history. */
import { outboxOf, isUnsent, pendingMessages, type ShareRecord } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { takeBackFrom } from '../sync/review-outbox.ts'
import { newEntryId } from '../sync/seal-waiting.ts'
import { countShareable } from './gather-pieces.ts'

/** Consents to exactly the question that was shown; does nothing when it is another one by now. */
export function shareHistory(open: OpenAccount, conversation: number, ask: string): Promise<void> {
  const { account, database } = open
  const { messages, conversations, logs } = database
  return database.transaction('rw', [messages, conversations, logs], async () => {
    const share = await openQuestion(open, conversation, ask)
    const log = await logs.get(conversation)
    if (!share || !log || log.state.identities[conversation] !== share.identity) return
    const { ownCount, contactCount } = await countShareable(database, conversation, share)
    await conversations.update(conversation, {
      share: { ...share, state: 'sharing', total: ownCount + contactCount },
    })
    await messages.put({
      id: newEntryId(open),
      conversation,
      position: log.state.seq + 0.25,
      kind: 'notice',
      sender: account.id,
      at: open.nowMs(),
      text: 'history-shared-here',
      seal: null,
    })
  })
}

/** "Not now": nothing is sent, and the contact is told nothing. */
export function declineAsk(open: OpenAccount, conversation: number, ask: string): Promise<void> {
  const { messages, conversations } = open.database
  return open.database.transaction('rw', [messages, conversations], async () => {
    const share = await openQuestion(open, conversation, ask)
    if (share) await conversations.update(conversation, { share: { ...share, state: 'declined' } })
  })
}

async function openQuestion(
  { database }: OpenAccount,
  conversation: number,
  ask: string,
): Promise<ShareRecord | null> {
  const share = (await database.conversations.get(conversation))?.share
  return share?.ask === ask && share.state === 'asked' ? share : null
}

/** Shares no more; what has not left this device is taken back. */
export function stopSharing({ database }: OpenAccount, conversation: number): Promise<void> {
  const { messages, outbox, counters, logs, conversations } = database
  return database.transaction('rw', [messages, outbox, counters, logs, conversations], async () => {
    const share = (await conversations.get(conversation))?.share
    if (share?.state === 'sharing' || share?.state === 'done')
      await conversations.update(conversation, { share: { ...share, state: 'ended' } })
    const log = await logs.get(conversation)
    const unsent = (await outboxOf(database, conversation)).filter(isUnsent)
    for (const { id, kind, append } of await pendingMessages(database, conversation)) {
      // What may have arrived stays, or its entry would look like somebody else's.
      if (kind !== 'share' || append !== undefined) continue
      const first = unsent.findIndex((row) => row.id === id)
      if (log && first !== -1) await takeBackFrom(database, { log, unsent, first })
      await messages.delete(id)
    }
  })
}

/**
 * Shares the history that the person agreed to share, one batch after the other: the next one is made when the last one stands in
 * the log and no message of the person waits. How far it has come is in the database, so that it goes on after any end.
 */
import { outboxOf, pendingMessages, type MessageRow } from '../history/database.ts'
import { endOfPending } from '../history/end-of-pending.ts'
import { withLock, type OpenAccount } from '../open-account.ts'
import { newEntryId } from '../sync/seal-waiting.ts'
import { stopSharing } from './answer-ask.ts'
import { gatherBatch } from './gather-pieces.ts'
import { readBatch, writeBatch } from './row-texts.ts'
import { isRunning } from './sealable-batch.ts'

/** Makes the next batch, if it is time. */
export function continueShare(open: OpenAccount, conversation: number): Promise<void> {
  return withLock(open, `share-${conversation}`, async () => {
    const share = (await open.database.conversations.get(conversation))?.share
    if (!share) return
    await dropOutdated(open, conversation)
    if (!isRunning(share)) return
    if (await isParked(open, conversation)) return stopSharing(open, conversation)
    if (share.state === 'sharing') await makeBatch(open, conversation)
  })
}

/** Batches for a question that is over wait no longer; of one that left this device, the log may show the entry yet. */
function dropOutdated({ database }: OpenAccount, conversation: number): Promise<void> {
  const { messages, conversations } = database
  return database.transaction('rw', [messages, conversations], async () => {
    const share = (await conversations.get(conversation))?.share
    const ask = share && isRunning(share) ? share.ask : null
    const pending = await pendingMessages(database, conversation)
    const outdated = pending.filter(
      (row) =>
        row.kind === 'share' && !row.seal && row.append === undefined && readBatch(row.text).ask !== ask,
    )
    await messages.bulkDelete(outdated.map(({ id }) => id))
  })
}

/** The server takes nothing more for this contact: batches are not left in the way of what the person sees parked. */
async function isParked({ database }: OpenAccount, conversation: number): Promise<boolean> {
  const rows = (await outboxOf(database, conversation)).filter(({ parked }) => parked !== undefined)
  const messages = await database.messages.bulkGet(rows.map(({ id }) => id))
  return messages.some((row) => row?.kind === 'share')
}

function makeBatch(open: OpenAccount, conversation: number): Promise<void> {
  const { account, database } = open
  const { messages, conversations } = database
  return database.transaction('rw', [messages, conversations], async () => {
    const row = await conversations.get(conversation)
    const { share, heldUpTo } = row ?? {}
    if (share?.state !== 'sharing') return
    const pending = await pendingMessages(database, conversation)
    if (pending.some((one) => isInFront(one, { ask: share.ask, heldUpTo: heldUpTo ?? 0 }))) return
    const { pieces, upTo, isLast } = await gatherBatch(database, conversation, {
      after: share.upTo,
      to: share.to,
    })
    const sent = share.sent + pieces.filter(({ body }) => body !== null).length
    const rest = isLast ? 0 : Math.max(share.total - sent, 0)
    await messages.add({
      ...(await endOfPending(database, { conversation, sender: account.id })),
      id: newEntryId(open),
      kind: 'share',
      at: open.nowMs(),
      text: writeBatch({ ask: share.ask, rest, pieces: [...pieces] }),
    })
    await conversations.update(conversation, {
      share: { ...share, state: isLast ? 'done' : 'sharing', upTo, sent },
    })
  })
}

/** The last batch, or a message that the person wants to go out now. */
function isInFront(row: MessageRow, { ask, heldUpTo }: { ask: string; heldUpTo: number }): boolean {
  if (row.kind === 'share') return readBatch(row.text).ask === ask
  return row.kind === 'text' && row.position > heldUpTo
}

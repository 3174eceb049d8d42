/** Which batch may be sealed: only the identity that asked may read it. */
import { identityIn } from '../../protocol/lost.ts'
import type { AccountDatabase, MessageRow, ShareRecord } from '../history/database.ts'
import { HELD_WHOLLY } from '../history/verification.ts'
import { readBatch } from './row-texts.ts'

/** Whether the person agreed, and batches may be on their way still. */
export const isRunning = ({ state }: ShareRecord): boolean => state === 'sharing' || state === 'done'

/**
 * The batch among `pending` that may be sealed under the exchange that the conversation seals under. Asked again when it is
 * committed, as the exchange may be another by then. Reads conversations and logs.
 */
export async function findSealableBatch(
  { conversations, logs }: AccountDatabase,
  { conversation, pending }: { conversation: number; pending: readonly MessageRow[] },
): Promise<MessageRow | undefined> {
  if (!pending.some(({ kind }) => kind === 'share')) return undefined
  const row = await conversations.get(conversation)
  const share = row?.share
  if (!share || !isRunning(share) || row.heldUpTo === HELD_WHOLLY) return undefined
  const log = await logs.get(conversation)
  const record = log?.state.exchanges.find(({ exchange }) => exchange === log.sealing?.exchange)
  if (!record || identityIn(record, conversation) !== share.identity) return undefined
  return pending.find((one) => one.kind === 'share' && !one.seal && readBatch(one.text).ask === share.ask)
}

/** Which batch may be sealed: only the identity that asked may read it. */
import { identityIn } from '../../protocol/lost.ts'
import type { AccountDatabase, LogRow, MessageRow, ShareRecord } from '../history/database.ts'
import { HELD_WHOLLY } from '../history/verification.ts'
import { readBatch } from './row-texts.ts'

/** Whether the person agreed, and batches may be on their way still. */
export const isRunning = ({ state }: ShareRecord): boolean => state === 'sharing' || state === 'done'

/**
 * The batch among `pending` that may be sealed under the exchange that `log` seals under. `commitMessage` sees to it that the
 * exchange is still the same.
 */
export async function findSealableBatch(
  { conversations }: AccountDatabase,
  log: LogRow,
  pending: readonly MessageRow[],
): Promise<MessageRow | undefined> {
  const { conversation, sealing, state } = log
  const row = await conversations.get(conversation)
  const share = row?.share
  if (!share || !isRunning(share) || row.heldUpTo === HELD_WHOLLY) return undefined
  const record = state.exchanges.find(({ exchange }) => exchange === sealing?.exchange)
  if (!record || identityIn(record, conversation) !== share.identity) return undefined
  return pending.find((one) => one.kind === 'share' && !one.seal && readBatch(one.text).ask === share.ask)
}

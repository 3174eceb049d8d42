/** The key sets of every conversation and their counters, as the crypto log panel shows them. */
import type { KeySetSummary } from '../contract/crypto-log.ts'
import type { AccountDatabase, ConversationRow, CounterRow, LogRow } from './database.ts'

/** Those in use first, then the ones before, by conversation. */
export async function readKeySets({
  conversations,
  logs,
  counters,
}: AccountDatabase): Promise<readonly KeySetSummary[]> {
  const rows = await conversations.toArray()
  const lists = await Promise.all(
    rows.map(async (row) =>
      summarise(row, await logs.get(row.conversation), await countersOf(row.conversation)),
    ),
  )
  const summaries = lists.flat()
  return [...summaries.filter((one) => one.isCurrent), ...summaries.filter((one) => !one.isCurrent)]

  function countersOf(conversation: number): Promise<CounterRow[]> {
    return counters.where('conversation').equals(conversation).toArray()
  }
}

function summarise(
  { conversation, username }: ConversationRow,
  log: LogRow | undefined,
  counters: readonly CounterRow[],
): readonly KeySetSummary[] {
  const sealing = log?.sealing ?? null
  const theirs = log?.state.positions[conversation] ?? null
  const used = new Map(counters.map((counter) => [counter.keys, counter]))
  const ids = new Set([...(sealing ? [sealing.keys] : []), ...used.keys()])
  return [...ids].map((keys) => ({
    contact: { id: conversation, username },
    keys,
    epoch: sealing?.keys === keys ? sealing.epoch : null,
    isCurrent: sealing?.keys === keys,
    lastIv: String(used.get(keys)?.committedIv ?? 0n),
    lastContactIv: theirs?.keys === keys ? String(theirs.iv) : null,
    messageCount: used.get(keys)?.n ?? 0,
  }))
}

/** Takes back seals: messages wait again, and are sealed anew. */
import { outboxOf, type AccountDatabase } from './database.ts'

/** Takes back the seal of an entry in the outbox, and of what stands behind it. Call it inside a transaction. */
export async function withdrawFrom(
  database: AccountDatabase,
  conversation: number,
  id: string,
): Promise<void> {
  const rows = await outboxOf(database, conversation)
  const index = rows.findIndex((row) => row.id === id)
  if (index === -1) return
  await withdraw(
    database,
    rows.slice(index).filter((row) => row.id === id || row.storedSeq === null),
  )
}

/**
 * Takes back seals that became useless: the messages wait again, and their numbers are free. IVs are never given back. Call
 * it inside a transaction over messages, outbox and counters.
 */
export async function withdraw(
  database: AccountDatabase,
  rows: readonly { id: string; seal: { keys: string; n: number } | null }[],
): Promise<void> {
  for (const { id, seal } of rows) {
    await database.outbox.delete(id)
    if (!seal) continue
    await database.messages.update(id, { seal: null })
    const counter = await database.counters.get(seal.keys)
    if (counter && counter.n >= seal.n) await database.counters.put({ ...counter, n: seal.n - 1 })
  }
}

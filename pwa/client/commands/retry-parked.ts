/** Sends again what is parked. */
import { outboxOf } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'

/** The rows of a conversation that were parked are sent again as they are, in their order. */
export function retryParked({ database }: OpenAccount, conversation: number): Promise<void> {
  return database.transaction('rw', database.outbox, async () => {
    for (const { id, parked } of await outboxOf(database, conversation))
      if (parked !== undefined) await database.outbox.update(id, { parked: undefined })
  })
}

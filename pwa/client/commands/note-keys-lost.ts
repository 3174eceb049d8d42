/** Leaves a line in every conversation where its keys were lost. */
import type { OpenAccount } from '../open-account.ts'
import { newEntryId } from '../sync/seal-waiting.ts'

export async function noteKeysLost(open: OpenAccount): Promise<void> {
  const { account, database } = open
  await database.transaction('rw', [database.logs, database.messages], async () => {
    for (const { conversation, state } of await database.logs.toArray()) {
      if (state.exchanges.length === 0) continue
      await database.messages.put({
        id: newEntryId(open),
        conversation,
        position: state.seq + 0.25,
        kind: 'notice',
        sender: account.id,
        at: open.nowMs(),
        text: 'keys-lost-here',
        seal: null,
      })
    }
  })
}

/** What the screen of a conversation shows of asking for the history, and of being asked. */
import { identityIn } from '../../protocol/lost.ts'
import { ASK_AGAIN_MS } from '../../protocol/sharing.ts'
import type { ContactAsking, HistorySharing, OwnAsking } from '../contract/history-sharing.ts'
import type { AccountDatabase, AskRecord, ConversationRow, LogRow } from '../history/database.ts'
import { HELD_WHOLLY } from '../history/verification.ts'
import { listUnopened } from './ask-range.ts'
import { countShareable } from './gather-pieces.ts'

export const NOTHING_SHARED: HistorySharing = { own: null, contact: null }

export async function readSharing(database: AccountDatabase, conversation: number): Promise<HistorySharing> {
  const row = await database.conversations.get(conversation)
  const log = await database.logs.get(conversation)
  if (!row || !log) return NOTHING_SHARED
  return { own: await readOwn(database, row, log), contact: await readContact(database, row, log) }
}

async function readOwn(
  database: AccountDatabase,
  { conversation, asked, askDismissedUpTo = 0 }: ConversationRow,
  log: LogRow,
): Promise<OwnAsking | null> {
  // Where all could be opened, nobody needs to look through the history.
  const isAnyUnopened = (log.unopened ?? []).length + (log.ownUnopened ?? []).length > 0
  if (!isAnyUnopened && !asked) return null
  const unopened = await listUnopened(database, conversation)
  const last = Math.max(unopened.at(-1)?.position ?? 0, asked?.to ?? 0)
  const isDismissed = last <= askDismissedUpTo
  if (!asked)
    return unopened.length === 0
      ? null
      : {
          state: 'offer',
          isDismissed,
          againAt: null,
          taken: 0,
          total: 0,
          missing: unopened.length,
          refused: 0,
        }
  const missing = unopened.filter(({ position }) => position >= asked.from && position <= asked.to).length
  const refused = Object.values(asked.refused).reduce((sum, count) => sum + count, 0)
  return {
    state: stateOf(asked),
    isDismissed,
    againAt: unopened.length === 0 ? null : asked.at + ASK_AGAIN_MS,
    taken: asked.taken,
    total: asked.taken + refused + (asked.rest ?? 0),
    missing,
    refused,
  }
}

function stateOf({ rest }: AskRecord): OwnAsking['state'] {
  if (rest === null) return 'asked'
  return rest === 0 ? 'done' : 'coming'
}

async function readContact(
  database: AccountDatabase,
  { conversation, share, verifiedIdentity, heldUpTo }: ConversationRow,
  { state }: LogRow,
): Promise<ContactAsking | null> {
  if (!share || (share.state !== 'asked' && share.state !== 'sharing')) return null
  // First the person looks at the new key, and then at what its owner wants.
  if (heldUpTo === HELD_WHOLLY || state.identities[conversation] !== share.identity) return null
  const { ask, identity, sent, total } = share
  if (share.state === 'sharing') return { state: 'sharing', ask, sent, total }
  const isOther = (one: string | null): boolean => one !== null && one !== identity
  return {
    state: 'asked',
    ask,
    isCodeChanged: state.exchanges.some((record) => isOther(identityIn(record, conversation))),
    isVerified: verifiedIdentity === identity,
    ...(await countShareable(database, conversation, share)),
  }
}

/** Other browsers of this account: messages that this one did not write, and conversations that another one has taken over. */
import { toBase64url } from '../../protocol/bytes.ts'
import type { ExchangeRecord } from '../../protocol/log-state.ts'
import { identityIn } from '../../protocol/lost.ts'
import { movedAwayAt } from '../../protocol/moved.ts'
import type { LogRow, MessageRow } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { noticeLine, type Context } from './reading.ts'
import { readRun } from './run.ts'

export const isWrittenElsewhere = ({
  open,
  entry,
  known,
}: Pick<Context, 'open' | 'entry' | 'known'>): boolean =>
  entry.sender === open.account.id && !known.message && !known.outbox

/**
 * `away`: another browser of the account has taken the conversation over, and this one neither begins nor answers exchanges in it.
 * `returning`: the person took it back, and no exchange of this browser stands in the log since.
 */
export async function whereabouts(open: OpenAccount, log: LogRow): Promise<'here' | 'away' | 'returning'> {
  const identity = await open.vault.identity()
  const movedAt =
    identity &&
    movedAwayAt(log.state, { account: open.account.id, identity: toBase64url(identity.publicKey) })
  if (movedAt === null) return 'here'
  const takenBackAt = (await open.database.conversations.get(log.conversation))?.takenBackAt ?? 0
  return movedAt > takenBackAt ? 'away' : 'returning'
}

/** Another browser of the account has these keys, or this one had them before its own were lost. */
export async function isExchangedElsewhere(open: OpenAccount, record: ExchangeRecord): Promise<boolean> {
  const identity = await open.vault.identity()
  return identityIn(record, open.account.id) !== (identity && toBase64url(identity.publicKey))
}

/** A database made anew does not know what this browser wrote before. */
export async function originOf(context: Context): Promise<{ isFromElsewhere?: true }> {
  if (!isWrittenElsewhere(context)) return {}
  const { database, startHeads } = context.open
  const isNew = context.entry.seq > (startHeads.get(context.conversation) ?? Infinity)
  const isDatabaseAnew = (await readRun(database))?.begunSinceLoss !== undefined
  return isNew || !isDatabaseAnew ? { isFromElsewhere: true } : {}
}

/** While this browser looks on, nobody else seals with its identity, unless it was copied. One alarm for each start. */
export async function alarmsOfCopy(context: Context, record: ExchangeRecord): Promise<MessageRow[]> {
  const { open, entry, conversation } = context
  const startHead = open.startHeads.get(conversation) ?? Infinity
  if (!isWrittenElsewhere(context) || entry.seq <= startHead) return []
  const identity = await open.vault.identity()
  if (!identity || identityIn(record, open.account.id) !== toBase64url(identity.publicKey)) return []
  const id = `${conversation}/copied-browser/${startHead}`
  return (await open.database.messages.get(id)) ? [] : [{ ...noticeLine(context, 'copied-browser'), id }]
}

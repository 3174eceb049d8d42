/** Messages of this account that this browser did not write: they come from another browser, or from a copy of this one. */
import { toBase64url } from '../../protocol/bytes.ts'
import type { ExchangeRecord } from '../../protocol/log-state.ts'
import { identityIn } from '../../protocol/lost.ts'
import type { MessageRow } from '../history/database.ts'
import { noticeLine, type Context } from './reading.ts'
import { readRun } from './run.ts'

export const isWrittenElsewhere = ({
  open,
  entry,
  known,
}: Pick<Context, 'open' | 'entry' | 'known'>): boolean =>
  entry.sender === open.account.id && !known.message && !known.outbox

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

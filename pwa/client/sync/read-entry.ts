/**
 * Reads one entry of a log: what it does to the state of the log, and the lines it gives the timeline. No transaction is
 * open while this runs; `receive-page.ts` writes the result of a whole page at once.
 */
import { parseEnvelope } from '../../../server/wire/envelope.ts'
import { chainEntry } from '../../protocol/log-state.ts'
import type { LogRow } from '../history/database.ts'
import { readAnswer, readOffer, readPrekey } from './read-exchange.ts'
import { readMessage } from './read-message.ts'
import { readRefresh } from './read-refresh.ts'
import { unreadable, type Context, type Reading } from './reading.ts'

/** Reads the entry that follows `log.state`. Throws ProtocolError when it does not follow: the page is then discarded. */
export async function readEntry(context: Context, log: LogRow): Promise<Reading> {
  const state = await chainEntry(context.open.tools, log.state, context.entry)
  const chained: LogRow = { ...log, state }
  const envelope = parseEnvelope(context.entry.envelope)
  if (!envelope) return unreadable(context, chained, 'malformed')
  if (envelope.type === 'msg') return readMessage(context, chained, envelope)
  if (envelope.type === 'change') return readRefresh(context, chained, envelope)
  if (envelope.step === 'offer') return readOffer(context, chained, envelope)
  if (envelope.step === 'answer') return readAnswer(context, chained, envelope)
  return readPrekey(context, chained, envelope)
}

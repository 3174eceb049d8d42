/**
 * Reads a log again when keys have come for entries that could not be opened: put back by another tab, or restored. Verdicts
 * depend on what stands before, so they are made again from the first entry on (protocol, section 6).
 */
import { Dexie } from 'dexie'
import { emptyLog } from '../../protocol/log-state.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import type { NoticeKind } from '../client.ts'
import type { LogRow, MessageRow } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { hideRepeated, keepNewerSealing, readPage } from './receive-page.ts'

/** Once in a tab for each exchange whose keys came. Throws `Refused` and `Unreachable`. */
export async function rereadWhereKeysCame(open: OpenAccount, conversation: number): Promise<void> {
  const log = await open.database.logs.get(conversation)
  const held = open.vault.heldExchanges()
  const came = (log?.unopened ?? []).filter((exchange) => held.has(exchange) && !open.reread.has(exchange))
  if (!log || came.length === 0) return
  const again = await readAgain(open, log)
  for (const exchange of came) open.reread.add(exchange)
  if (again) await writeAgain(open, again)
}

interface ReadAgain {
  readonly log: LogRow
  readonly lines: readonly MessageRow[]
}

/** Null when the server shows another log than before: then what was read stays as it is. */
async function readAgain(open: OpenAccount, before: LogRow): Promise<ReadAgain | null> {
  const { conversation, state } = before
  const start = await emptyLog(open.tools, state.lower, state.higher)
  let log: LogRow = { conversation, state: start, sealing: null, announced: null }
  const lines: MessageRow[] = []
  try {
    while (log.state.seq < state.seq) {
      const page = await open.api.call('pull', {
        params: { contact: conversation },
        query: { after: log.state.seq },
      })
      const entries = page.entries.filter(({ seq }) => seq <= state.seq)
      if (entries.length === 0) return null
      const read = await readPage(open, { ...page, entries }, log)
      log = read.log
      lines.push(...read.lines)
    }
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
  return log.state.hash === state.hash ? { log, lines } : null
}

/** Notices that another verdict may take back. */
const VERDICTS: ReadonlySet<string> = new Set<NoticeKind>([
  'exchange-failed',
  'messages-missing',
  'log-differs',
  'contact-went-back',
])

/** Messages that are shown stay as they are; what could not be opened gives way to what can be now. */
async function writeAgain({ database, account }: OpenAccount, { log, lines }: ReadAgain): Promise<void> {
  const { logs, messages } = database
  await database.transaction('rw', [logs, messages], async () => {
    const now = await logs.get(log.conversation)
    if (now?.state.hash !== log.state.hash) return
    const shown = await messages.bulkGet(lines.map(({ id }) => id))
    const opened = lines.filter((_, index) => (shown[index]?.kind ?? 'unreadable') === 'unreadable')
    await messages.bulkPut(opened)
    await hideRepeated(database, lines)
    const ids = new Set(lines.map(({ id }) => id))
    await messages
      .where('[conversation+position]')
      .between([log.conversation, Dexie.minKey], [log.conversation, log.state.seq])
      .and(({ id, kind, text }) => kind === 'notice' && VERDICTS.has(text) && !ids.has(id))
      .delete()
    await logs.put(keepNewerSealing(now, log, account.id))
  })
}

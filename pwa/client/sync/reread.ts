/**
 * Reads a log again when keys have come for entries that could not be opened: put back by another tab, or restored. Verdicts
 * depend on what stands before, so they are made again from the first entry on (protocol, section 6).
 */
import { Dexie } from 'dexie'
import { emptyLog } from '../../protocol/log-state.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { keepWhatWasRead } from '../../protocol/read-again.ts'
import type { NoticeKind } from '../contract/conversation.ts'
import { raiseCounter } from '../history/counters.ts'
import type { LogRow, MessageRow, SealRecord } from '../history/database.ts'
import { hideRepeated } from '../history/repeated.ts'
import type { OpenAccount } from '../open-account.ts'
import { takeSharesAgain, type ReceivedShare } from '../sharing/place-pieces.ts'
import { findKeySet } from './key-sets.ts'
import { pullToHead } from './pull.ts'
import { keepNewerSealing, readPage } from './receive-page.ts'

/** Once in a tab for each exchange whose keys came. Throws `Refused` and `Unreachable`. */
export async function rereadWhereKeysCame(open: OpenAccount, conversation: number): Promise<void> {
  const log = await open.database.logs.get(conversation)
  if (!log) return
  const held = open.vault.heldExchanges()
  const waiting = new Set([
    ...(log.unopened ?? []),
    ...(log.ownUnopened ?? []),
    ...(await saltless(open, log)),
  ])
  const came = [...waiting].filter((exchange) => held.has(exchange) && !open.reread.has(exchange))
  if (came.length === 0) return
  const again = await readAgain(open, log)
  for (const exchange of came) open.reread.add(exchange)
  if (again) await writeAgain(open, again)
}

/** The exchange that we seal under, if the salt of its key set is gone: the log shows it. */
async function saltless(open: OpenAccount, { state, sealing }: LogRow): Promise<readonly string[]> {
  if (!sealing || (await findKeySet(open, state, sealing.exchange, sealing.keys))) return []
  return [sealing.exchange]
}

const MOVES_MOST = 3

/**
 * Reads a whole log again, whatever was read of it before. `noteRead` hears of each page how many entries it had. False: the
 * server does not show the log to its end, or another one than before. Throws `Refused` and `Unreachable`.
 */
export async function rereadLog(
  open: OpenAccount,
  conversation: number,
  noteRead: (entries: number) => void,
): Promise<boolean> {
  for (let moves = 0; moves < MOVES_MOST; moves += 1) {
    const isAtHead = await pullToHead(open, conversation)
    const log = isAtHead ? await open.database.logs.get(conversation) : undefined
    const again = log && (await readAgain(open, log, noteRead))
    if (!again) return false
    if (await writeAgain(open, again)) return true
  }
  return false
}

interface ReadAgain {
  readonly log: LogRow
  readonly lines: readonly MessageRow[]
  readonly ownSeals: readonly SealRecord[]
  readonly shares: readonly ReceivedShare[]
}

/** Null when the server shows another log than before: then what was read stays as it is. */
async function readAgain(
  open: OpenAccount,
  before: LogRow,
  noteRead: (entries: number) => void = () => undefined,
): Promise<ReadAgain | null> {
  const { conversation, state } = before
  const start = await emptyLog(open.tools, state.lower, state.higher)
  let log: LogRow = { conversation, state: start, sealing: null, announced: null }
  const lines: MessageRow[] = []
  const ownSeals: SealRecord[] = []
  const shares: ReceivedShare[] = []
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
      ownSeals.push(...read.ownSeals)
      shares.push(...read.shares)
      noteRead(entries.length)
    }
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
  return log.state.hash === state.hash ? { log, lines, ownSeals, shares } : null
}

/** Never news: an exchange that worked may be without its keys by now. */
const KEYLESS: ReadonlySet<string> = new Set<NoticeKind>(['exchange-failed', 'keys-elsewhere'])
/** Notices that another verdict may take back. */
const VERDICTS: ReadonlySet<string> = new Set<NoticeKind>([
  'exchange-failed',
  'keys-elsewhere',
  'messages-missing',
  'log-differs',
  'contact-went-back',
])

/** Messages that are shown stay as they are; what could not be opened gives way to what can be now. False: the log moved on. */
async function writeAgain(
  { database, account }: OpenAccount,
  { log, lines, ownSeals, shares }: ReadAgain,
): Promise<boolean> {
  const { logs, messages, counters } = database
  return database.transaction('rw', [logs, messages, counters], async () => {
    const now = await logs.get(log.conversation)
    if (now?.state.hash !== log.state.hash) return false
    const shown = await messages.bulkGet(lines.map(({ id }) => id))
    const isNews = (line: MessageRow, index: number): boolean =>
      isReadAnew(line, shown[index]) && !KEYLESS.has(line.text)
    const opened = lines.filter(isNews)
    await messages.bulkPut(opened)
    await hideRepeated(database, lines)
    await takeSharesAgain(database, log.conversation, shares)
    for (const { keys, iv, n } of ownSeals) await raiseCounter(database, log.conversation, keys, { iv, n })
    const ids = new Set(lines.map(({ id }) => id))
    const unread = new Set(lines.filter(({ kind }) => kind === 'unreadable').map(({ position }) => position))
    const isOutdated = ({ id, kind, text, position }: MessageRow): boolean =>
      kind === 'unreadable' ? !unread.has(position) : kind === 'notice' && VERDICTS.has(text) && !ids.has(id)
    await messages
      .where('[conversation+position]')
      .between([log.conversation, Dexie.minKey], [log.conversation, log.state.seq], true, true)
      .and(isOutdated)
      .delete()
    await logs.put(
      keepNewerSealing(now, { ...log, state: keepWhatWasRead(log.state, now.state) }, account.id),
    )
    return true
  })
}

/** What its writer sealed goes before what the contact shared of it. */
function isReadAnew(line: MessageRow, shown: MessageRow | undefined): boolean {
  if (shown?.isShared) return line.kind !== 'unreadable'
  return (shown?.kind ?? 'unreadable') === 'unreadable'
}

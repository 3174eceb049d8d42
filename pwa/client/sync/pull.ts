/** Reads a log to its head. */
import type { LogPage } from '../../../server/wire/log.ts'
import { Refused, Unreachable } from '../api/http.ts'
import type { OpenAccount } from '../open-account.ts'
import { withLock } from '../open-account.ts'
import { noteBroken, receivePage } from './receive-page.ts'

/** A page is pulled again this often when another tab was faster. */
const DISCARDS_MOST = 5

/**
 * Pulls and applies pages until the head. Returns false when the log cannot be read on: its entries contradict each other
 * or end before our cursor; or keys are gone and the person has not said what to do. Throws `Refused`, and `Unreachable`
 * also when one page after the other does not follow.
 */
export function pullToHead(open: OpenAccount, conversation: number): Promise<boolean> {
  return withLock(open, `pull-${conversation}`, async () => {
    for (let discards = 0; discards < DISCARDS_MOST;) {
      const log = await open.database.logs.get(conversation)
      if (!log) return false
      const after = log.state.seq
      const page = await askForPage(open, conversation, after)
      const received = page ? await receivePage(open, page) : 'broken'
      if (received === 'broken' || received === 'paused') return false
      if (received === 'discarded') discards += 1
      else if (!page || after + page.entries.length >= page.head) return true
    }
    throw new Unreachable('pages that do not follow')
  })
}

/** As `pullToHead`, and false when the server refuses or cannot be reached. */
export const readsToHead = (open: OpenAccount, conversation: number): Promise<boolean> =>
  pullToHead(open, conversation).catch((error: unknown) => {
    open.noteFailure(error)
    return false
  })

/** Null when the server's log ends before our cursor: it lost entries, and the person is told. */
async function askForPage(open: OpenAccount, contact: number, after: number): Promise<LogPage | null> {
  try {
    return await open.api.call('pull', { params: { contact }, query: { after } })
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'cursor_beyond_head') throw error
    await noteBroken(open, contact)
    return null
  }
}

/** Tells the server how far this browser has read, which the contact sees as "delivered". */
export async function reportApplied(open: OpenAccount, conversation: number): Promise<void> {
  const log = await open.database.logs.get(conversation)
  if (!log || log.state.seq === 0) return
  await open.api.call('applied', { params: { contact: conversation }, body: { seq: log.state.seq } })
}

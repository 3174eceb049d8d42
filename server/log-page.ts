/** Rows of the log in the form in which pull and stream give them alike. */
import { toBase64url } from './bytes.ts'
import type { EntryRow } from './stores/entries.ts'
import type { Entry, LogPage } from './wire/log.ts'

export function toLogPage(
  rows: readonly EntryRow[],
  { contact, after, head }: { contact: number; after: number; head: number },
): LogPage {
  return { contact, after, entries: rows.map(toEntry), head }
}

const toEntry = ({ seq, entryId, sender, acceptedAt, envelope }: EntryRow): Entry => ({
  seq,
  id: toBase64url(entryId),
  sender,
  acceptedAt,
  envelope,
})

import { toBase64url } from '../bytes.ts'
import type { EntryRow, NewEntryRow } from '../stores/entries.ts'
import type { MarkRow } from '../stores/marks.ts'
import type { AppendAnswer, Refusal } from '../wire/log.ts'
import type { Candidate } from './read-candidates.ts'

/** What the log must be known by to judge candidates of one sender. */
export interface LogState {
  readonly head: number
  readonly lastAcceptedAt: number
  /** Those of the candidates' entry ids that stand in the log already. */
  readonly known: readonly EntryRow[]
  readonly newestMark: MarkRow | null
  /** Those of the candidates' key sets that this sender has used before. */
  readonly usedKeySets: readonly Buffer[]
}

export interface Judgement {
  readonly stored: AppendAnswer['stored']
  readonly refused: Refusal | null
  /** To be inserted. */
  readonly rows: readonly NewEntryRow[]
  /** To be raised or inserted, oldest first. */
  readonly marks: readonly MarkRow[]
}

const NO_IV = Buffer.alloc(12)

/**
 * Says what becomes of each candidate, in order, up to the first refusal. Pure. A known entry id is answered before
 * anything else is looked at; key sets are only followed forwards; an IV rises strictly under its key set. A `change`
 * names the key set it leaves for good and uses no IV: the key set that it begins is the newest from then on.
 */
export function judgeEntries(
  candidates: readonly Candidate[],
  state: LogState,
  { sender, now }: { sender: number; now: number },
): Judgement {
  const known = new Map(state.known.map((row) => [toBase64url(row.entryId), row]))
  const used = new Set(state.usedKeySets.map((keySet) => toBase64url(keySet)))
  const marks = new Map<number, MarkRow>()
  const stored: AppendAnswer['stored'] = []
  const rows: NewEntryRow[] = []
  const acceptedAt = Math.max(now, state.lastAcceptedAt)
  let newest = state.newestMark

  const end = (refused: Refusal | null): Judgement => ({ stored, refused, rows, marks: [...marks.values()] })
  for (const candidate of candidates) {
    const { id, entryId, envelope, keySet, iv, nextKeySet } = candidate
    const earlier = known.get(id)
    if (earlier && earlier.sender !== sender) return end({ id, code: 'entry_id_of_other' })
    if (earlier) {
      const isSameEnvelope = earlier.envelope === envelope
      stored.push({ id, seq: earlier.seq, acceptedAt: earlier.acceptedAt, isSameEnvelope })
      continue
    }
    if (keySet !== null) {
      const followed = followMarks(newest, used, { keySet, iv, nextKeySet })
      if ('refusal' in followed)
        return end({ id, code: followed.refusal, ...asMark(newest ?? { keySet, iv: NO_IV }) })
      for (const mark of followed.marks) {
        newest = mark
        used.add(toBase64url(mark.keySet))
        marks.set(mark.number, mark)
      }
    }
    const row = {
      seq: state.head + rows.length + 1,
      entryId,
      sender,
      acceptedAt,
      keySet: iv && keySet,
      iv,
      envelope,
    }
    rows.push(row)
    known.set(id, row)
    stored.push({ id, seq: row.seq, acceptedAt, isSameEnvelope: true })
  }
  return end(null)
}

/** The marks that an entry leaves, oldest first: that of the key set it names, and that of the one it begins. */
function followMarks(
  newest: MarkRow | null,
  used: ReadonlySet<string>,
  { keySet, iv, nextKeySet }: { keySet: Buffer; iv: Buffer | null; nextKeySet: Buffer | null },
): { marks: readonly MarkRow[] } | { refusal: 'key_set_superseded' | 'iv_not_rising' } {
  const isNewest = newest !== null && newest.keySet.equals(keySet)
  if (used.has(toBase64url(keySet)) && !isNewest) return { refusal: 'key_set_superseded' }
  const mark = isNewest ? newest : { number: (newest?.number ?? 0) + 1, keySet, iv: NO_IV }
  if (iv !== null)
    return iv.compare(mark.iv) > 0 ? { marks: [{ ...mark, iv }] } : { refusal: 'iv_not_rising' }
  if (nextKeySet === null) return { marks: [mark] }
  if (used.has(toBase64url(nextKeySet))) return { refusal: 'key_set_superseded' }
  return { marks: [mark, { number: mark.number + 1, keySet: nextKeySet, iv: NO_IV }] }
}

const asMark = ({ keySet, iv }: Pick<MarkRow, 'keySet' | 'iv'>): Pick<Refusal, 'mark'> => ({
  mark: { keys: toBase64url(keySet), IV: toBase64url(iv) },
})

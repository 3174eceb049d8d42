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
 * names the key set it leaves and uses no IV.
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
    const { id, entryId, envelope, keySet, iv } = candidate
    const earlier = known.get(id)
    if (earlier && earlier.sender !== sender) return end({ id, code: 'entry_id_of_other' })
    if (earlier) {
      const isSameEnvelope = earlier.envelope === envelope
      stored.push({ id, seq: earlier.seq, acceptedAt: earlier.acceptedAt, isSameEnvelope })
      continue
    }
    if (keySet !== null) {
      const next = followMark(newest, { keySet, iv, isUsed: used.has(toBase64url(keySet)) })
      if ('refusal' in next)
        return end({ id, code: next.refusal, ...asMark(newest ?? { keySet, iv: NO_IV }) })
      newest = next.mark
      used.add(toBase64url(keySet))
      marks.set(newest.number, newest)
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

function followMark(
  newest: MarkRow | null,
  { keySet, iv, isUsed }: { keySet: Buffer; iv: Buffer | null; isUsed: boolean },
): { mark: MarkRow } | { refusal: 'key_set_superseded' | 'iv_not_rising' } {
  const isNewest = newest !== null && newest.keySet.equals(keySet)
  if (isUsed && !isNewest) return { refusal: 'key_set_superseded' }
  const mark = isNewest ? newest : { number: (newest?.number ?? 0) + 1, keySet, iv: NO_IV }
  if (iv === null) return { mark }
  if (iv.compare(mark.iv) <= 0) return { refusal: 'iv_not_rising' }
  return { mark: { ...mark, iv } }
}

const asMark = ({ keySet, iv }: Pick<MarkRow, 'keySet' | 'iv'>): Pick<Refusal, 'mark'> => ({
  mark: { keys: toBase64url(keySet), IV: toBase64url(iv) },
})

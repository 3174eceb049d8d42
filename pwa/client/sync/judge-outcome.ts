/** What each outcome of an append means for the outbox: the one table that page and worker follow. */
import type { Refusal } from '../../../server/wire/log.ts'
import { Refused } from '../api/http.ts'
import type { ParkReason } from '../contract/outbox.ts'

/**
 * `wait`: try again later, no sooner than `retryAfterMs` where the server said so. `sign-in`: pause until somebody has signed
 * in. `seal-again`: a page with keys makes the row anew. `park`: it would be refused for ever, so the person decides.
 */
export type Decision =
  | { readonly act: 'wait'; readonly retryAfterMs: number | null }
  | { readonly act: 'sign-in' }
  | { readonly act: 'seal-again' }
  | { readonly act: 'park'; readonly reason: ParkReason }

const PARKED_BY_STATUS: Readonly<Record<number, ParkReason>> = {
  400: 'refused',
  413: 'too_large',
  422: 'refused',
}

/** Judges what an append threw. Whatever is not in the table may pass, so it is waited for. */
export function judgeFailure(error: unknown): Decision {
  if (!(error instanceof Refused)) return { act: 'wait', retryAfterMs: null }
  const { status, code, retryAfterMs } = error
  if (status === 401 || status === 403) return { act: 'sign-in' }
  if (status === 409) return { act: 'seal-again' }
  if (status === 404 && code === 'account_not_found') return { act: 'park', reason: 'contact_gone' }
  const reason = PARKED_BY_STATUS[status]
  return reason ? { act: 'park', reason } : { act: 'wait', retryAfterMs }
}

/** Judges the refusal of one entry, with the entries before it stored. */
export function judgeRefusal(code: Refusal['code']): Decision {
  if (code === 'entry_id_of_other') return { act: 'park', reason: 'id_taken' }
  if (code === 'envelope_too_large') return { act: 'park', reason: 'too_large' }
  // What was stored before it made room: the next append begins with it.
  if (code === 'too_many_bytes') return { act: 'wait', retryAfterMs: null }
  return { act: 'seal-again' }
}

/**
 * Whether the entries may be stored although the append failed. A refusal in the fours says that nothing was done; faults
 * of a server, or of something in between, and silence say nothing.
 */
export const mayBeStoredAfter = (error: unknown): boolean =>
  !(error instanceof Refused) || error.status >= 500 || error.status < 400 || error.status === 408

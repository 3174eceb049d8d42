/** Reports of what could not be opened: which exchanges an account may name, and what the log keeps of it. */
import type { ExchangeRecord, LogState } from './log-state.ts'
import { usableSeq } from './order.ts'

/**
 * Whether a browser with this identity may say that it lost an exchange: one that bears its identity, or that precedes the
 * first that does. Others may be open in another browser of the account.
 */
export function mayReportLost(
  state: LogState,
  { by, identity, exchange }: { by: number; identity: string; exchange: string },
): boolean {
  const record = state.exchanges.find((one) => one.exchange === exchange)
  if (!record || usableSeq(record) === 0) return false
  if (identityIn(record, by) === identity) return true
  const first = state.exchanges.find((one) => identityIn(one, by) === identity)
  return first !== undefined && record.offerSeq < first.offerSeq
}

/** Takes a report of `by`, sealed under `under`; before `noteContent`, as the report itself confirms nothing. */
export function noteLost(
  state: LogState,
  { by, under, exchanges }: { by: number; under: string; exchanges: readonly string[] },
): LogState {
  const record = state.exchanges.find((one) => one.exchange === under)
  const identity = record ? identityIn(record, by) : null
  if (identity === null) return state
  const isNew = (exchange: string): boolean =>
    !state.lost.some((report) => report.identity === identity && report.exchange === exchange)
  const named = [...new Set(exchanges)].filter(
    (exchange) => isNew(exchange) && mayReportLost(state, { by, identity, exchange }),
  )
  const confirmedSeq = state.lastLogSeq[by] ?? 0
  const reports = named.map((exchange) => ({ by, identity, exchange, confirmedSeq }))
  return { ...state, lost: [...state.lost, ...reports] }
}

/** The identity key that an account has in an exchange; null: none yet. */
export function identityIn(
  { initiator, identity, answer, prekey }: ExchangeRecord,
  account: number,
): string | null {
  if (initiator === account) return identity
  return answer?.identity ?? prekey?.to ?? null
}

/** Two readings of the same log, of which the later one may have been without keys that the earlier one had. */
import type { LogState } from './log-state.ts'
import { isAfter } from './positions.ts'

/**
 * `again` with what only `before` could verify: positions and counts that went further, references to the log, and reports of
 * lost exchanges. Both have read the log up to the same entry.
 */
export function keepWhatWasRead(again: LogState, before: LogState): LogState {
  const accounts = [again.lower, again.higher]
  const ahead = accounts.filter((account) => isFurther(before, again, account))
  const isNew = ({ identity, exchange }: LogState['lost'][number]): boolean =>
    !again.lost.some((report) => report.identity === identity && report.exchange === exchange)
  return {
    ...again,
    positions: { ...again.positions, ...pick(before.positions, ahead) },
    counts: { ...again.counts, ...pick(before.counts, ahead) },
    lastLogSeq: Object.fromEntries(
      accounts.map((account) => [
        account,
        Math.max(again.lastLogSeq[account] ?? 0, before.lastLogSeq[account] ?? 0),
      ]),
    ),
    lost: [...again.lost, ...before.lost.filter(isNew)],
  }
}

function isFurther(one: LogState, other: LogState, account: number): boolean {
  const [ours, theirs] = [one.positions[account] ?? null, other.positions[account] ?? null]
  return ours !== null && (theirs === null || isAfter(ours, theirs))
}

const pick = <T>(from: Readonly<Record<number, T>>, accounts: readonly number[]): Record<number, T> =>
  Object.fromEntries(Object.entries(from).filter(([account]) => accounts.includes(Number(account))))

/** What shows that messages are missing, or that a sender's browser went back to an older copy. Nothing is refused. */
import type { LogReference } from './content.ts'
import type { LogState } from './log-state.ts'

/**
 * The number of an opened message against the last one of its sender. `gap`: messages under these keys are missing;
 * `repeated`: the number was used before.
 */
export function checkCount(
  state: LogState,
  sender: number,
  { keys, n }: { keys: string; n: number },
): 'gap' | 'repeated' | null {
  const last = lastCount(state, sender, keys)
  if (n > last + 1) return 'gap'
  return n <= last ? 'repeated' : null
}

/**
 * The last IV that a change claims for the key set it leaves, against the last one accepted; before `acceptPosition`.
 * `gap`: entries under these keys are missing; `went_back`: the sender knows of fewer than it sent.
 */
export function checkChangeIv(
  state: LogState,
  sender: number,
  { keys, iv }: { keys: string; iv: bigint },
): 'gap' | 'went_back' | null {
  const position = state.positions[sender] ?? null
  const last = position?.keys === keys ? position.iv : 0n
  if (iv > last) return 'gap'
  return iv < last ? 'went_back' : null
}

/**
 * Compares what a message says about the log with what this reader saw. `ownHash` is the reader's running hash at
 * `log.seq`, null when it no longer has it. `fork`: the two were shown different logs; `falling`: the sender's browser
 * went back to an older copy.
 */
export function checkLogReference(
  state: LogState,
  sender: number,
  { log, ownHash }: { log: LogReference; ownHash: string | null },
): 'fork' | 'falling' | null {
  if (log.seq >= state.seq) return 'fork'
  if (ownHash !== null && ownHash !== log.hash) return 'fork'
  return log.seq < (state.lastLogSeq[sender] ?? 0) ? 'falling' : null
}

/** Remembers number and log reference of an opened message; what was reached is never taken back. */
export function noteContent(
  state: LogState,
  sender: number,
  { keys, n, log }: { keys: string; n: number; log: LogReference },
): LogState {
  const highest = Math.max(n, lastCount(state, sender, keys))
  const lastLogSeq = Math.max(log.seq, state.lastLogSeq[sender] ?? 0)
  return {
    ...state,
    counts: { ...state.counts, [sender]: { keys, n: highest } },
    lastLogSeq: { ...state.lastLogSeq, [sender]: lastLogSeq },
  }
}

function lastCount(state: LogState, sender: number, keys: string): number {
  const count = state.counts[sender] ?? null
  return count?.keys === keys ? count.n : 0
}

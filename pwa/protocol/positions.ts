/** Positions of entries, which grow strictly in log order: what does not grow is a replay. */
import type { LogState, Position } from './log-state.ts'

/**
 * Takes the position of a verified entry; a change counts as IV 0 of the epoch it begins. Positions grow strictly in
 * log order: `replay` and `key_set_conflict` are refused and change nothing.
 */
export function acceptPosition(
  state: LogState,
  sender: number,
  position: Position,
): LogState | 'replay' | 'key_set_conflict' {
  const last = state.positions[sender] ?? null
  if (last !== null && !isAfter(position, last)) return 'replay'
  const isSameEpoch = last?.exchangeSeq === position.exchangeSeq && last.epoch === position.epoch
  if (isSameEpoch && last.keys !== position.keys) return 'key_set_conflict'
  const { exchangeSeq, epoch, iv, keys } = position
  return { ...state, positions: { ...state.positions, [sender]: { exchangeSeq, epoch, iv, keys } } }
}

/** Whether `a` stands after `b`: by exchange, then epoch, then IV. */
export function isAfter(a: Position, b: Position): boolean {
  if (a.exchangeSeq !== b.exchangeSeq) return a.exchangeSeq > b.exchangeSeq
  if (a.epoch !== b.epoch) return a.epoch > b.epoch
  return a.iv > b.iv
}

/** Whether another browser of an account has taken a conversation over: what the log alone says of it. */
import type { ExchangeRecord, LogState } from './log-state.ts'

/**
 * The `seq` at which another browser of `account` showed an identity of its own last, after this browser's `identity` had stood
 * in the log; null while the conversation is where it was, or where it never was here.
 */
export function movedAwayAt(
  state: LogState,
  { account, identity }: { account: number; identity: string },
): number | null {
  let last = { seq: 0, identity }
  let isKnownHere = false
  for (const shown of state.exchanges.flatMap((record) => shownBy(account, record))) {
    isKnownHere ||= shown.identity === identity
    if (shown.seq > last.seq) last = shown
  }
  return isKnownHere && last.identity !== identity ? last.seq : null
}

function shownBy(
  account: number,
  { initiator, offerSeq, identity, answer }: ExchangeRecord,
): readonly { readonly seq: number; readonly identity: string }[] {
  if (initiator === account) return [{ seq: offerSeq, identity }]
  return answer === null ? [] : [{ seq: answer.seq, identity: answer.identity }]
}

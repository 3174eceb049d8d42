import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findConversation, raiseAppliedCursor } from '../stores/conversations.ts'

/** Raises an account's applied cursor and tells the contact; a lower one changes nothing. Throws cursor_beyond_head. */
export async function moveApplied(
  { db, bus, clock }: Pick<Deps, 'db' | 'bus' | 'clock'>,
  { account, contact, seq }: { account: number; contact: number; seq: number },
): Promise<void> {
  const conversation = await findConversation(db, [account, contact])
  if (seq > (conversation?.head ?? 0)) throw refuse('cursor_beyond_head')
  if (conversation === null) return
  const raised = { conversation: conversation.id, account, seq, now: clock() }
  if (!(await raiseAppliedCursor(db, raised))) return
  bus.publish({ to: contact, event: { type: 'applied', contact: account, seq } })
}

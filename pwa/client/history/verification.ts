/** Which contacts are verified, and what ends that. */
import { PENDING_POSITION, type AccountDatabase } from './database.ts'

/** `heldUpTo` of a conversation in which nothing is sent, however late it was typed. */
export const HELD_WHOLLY = 2 * PENDING_POSITION - 1

/**
 * A contact that was verified shows another identity key: it is verified no more, and nothing is sent until the person has
 * looked. Call it inside a transaction.
 */
export async function endOutdatedVerification(
  { conversations }: AccountDatabase,
  conversation: number,
  shown: string | null,
): Promise<void> {
  const verified = (await conversations.get(conversation))?.verifiedIdentity ?? null
  if (verified === null || shown === null || verified === shown) return
  await conversations.update(conversation, { verifiedIdentity: null, heldUpTo: HELD_WHOLLY })
}

/** Our own identity is another one from now on, so no number that was compared is true any more. */
export async function endVerifications({ conversations }: AccountDatabase): Promise<void> {
  await conversations.toCollection().modify({ verifiedIdentity: null })
}

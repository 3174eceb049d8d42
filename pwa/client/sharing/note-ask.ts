/** What the contact asks of us: keeps the last question until the person has decided, and ends what was meant for another key. */
import { ASK_AGAIN_MS } from '../../protocol/sharing.ts'
import type { AccountDatabase, ShareRecord } from '../history/database.ts'
import type { ReceivedShare } from './place-pieces.ts'
import type { AskedRange } from './row-texts.ts'
import { isRunning } from './sealable-batch.ts'

/** A question as the log shows it. */
export interface ReceivedAsk extends AskedRange {
  /** Entry id. */
  readonly id: string
  readonly seq: number
  /** Account id. */
  readonly sender: number
  readonly acceptedAt: number
  /** The identity key that its sender has in the exchange it is sealed under, base64url. */
  readonly identity: string
}

/**
 * Takes a question of the contact. It takes the place of an earlier one, also of one that is being answered: whoever asks anew
 * cannot read what came. One that follows within an hour on one that was declined is not shown. Call it inside a transaction over
 * messages and conversations.
 */
export async function noteAsk(
  { messages, conversations }: AccountDatabase,
  conversation: number,
  ask: ReceivedAsk,
): Promise<void> {
  if (ask.sender !== conversation) return
  const before = (await conversations.get(conversation))?.share
  if (before && isTooSoon(before, ask)) {
    await messages.update(ask.id, { kind: 'hidden' })
    return
  }
  // One line for a question, however often it is asked before the person has looked.
  if (before?.state === 'asked') await messages.update(before.ask, { kind: 'hidden' })
  const share: ShareRecord = {
    ask: ask.id,
    from: ask.from,
    to: Math.min(ask.to, ask.seq - 1),
    askedAt: ask.acceptedAt,
    identity: ask.identity,
    state: 'asked',
    upTo: ask.from - 1,
    sent: 0,
    total: 0,
  }
  await conversations.update(conversation, { share })
}

const isTooSoon = ({ state, askedAt }: ShareRecord, { acceptedAt }: ReceivedAsk): boolean =>
  state === 'declined' && acceptedAt < askedAt + ASK_AGAIN_MS

/**
 * The last batch of ours stands in the log, so its question is answered: also for a database made anew, which reads both again. Call
 * it inside a transaction over conversations.
 */
export async function noteAnswered(
  { conversations }: AccountDatabase,
  conversation: number,
  { sender, content }: ReceivedShare,
): Promise<void> {
  const share = (await conversations.get(conversation))?.share
  if (sender === conversation || share?.ask !== content.ask || content.rest > 0) return
  await conversations.update(conversation, { share: { ...share, state: 'done' } })
}

/**
 * The contact shows another identity key than the one that asked: that question is over, answered or not. Call it inside a
 * transaction over conversations.
 */
export async function endOutdatedShare(
  { conversations }: AccountDatabase,
  conversation: number,
  shown: string | null,
): Promise<void> {
  const share = (await conversations.get(conversation))?.share
  if (!share || shown === null || share.identity === shown) return
  if (share.state === 'asked' || isRunning(share))
    await conversations.update(conversation, { share: { ...share, state: 'ended' } })
}

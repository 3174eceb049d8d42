/** What was cleared from this browser, in plain words: what is gone, what is left, and what becomes of messages meanwhile. */
import type { Loss } from '../client/contract/status.ts'

/** A loss of the keys, with or without the messages. */
export type KeyLoss = Exclude<Loss, 'none' | 'history'>

interface LossWords {
  readonly title: string
  readonly what: string
  /** What can be read here, what comes in meanwhile. */
  readonly points: readonly string[]
}

const CLEARED = 'was cleared, by you, by another person or by the browser itself.'
const CLOSED = 'Without your keys, previous messages cannot be decrypted any more.'
const MEANWHILE =
  'What others send you meanwhile waits on the server. A backup opens it; without one, their browsers are asked to send it again.'
const NOTHING_SENT = 'Nothing is sent until you choose how to go on.'

const LOSS_WORDS: Readonly<Record<KeyLoss, LossWords>> = {
  keys: {
    title: 'Your keys are gone from this browser',
    what: `The part of its storage that held them ${CLEARED} ${CLOSED}`,
    points: [
      'Messages you opened here before can still be read: this browser keeps their text.',
      MEANWHILE,
      NOTHING_SENT,
    ],
  },
  'keys-and-history': {
    title: 'Your keys are gone from this browser, and your messages with them',
    what: `Its storage ${CLEARED} ${CLOSED}`,
    points: ['Messages that had not been sent are lost.', MEANWHILE, NOTHING_SENT],
  },
  everything: {
    title: 'Your keys are gone from this browser, or were never in it',
    what: `Its storage was cleared, or you have not used Letterlock in this browser before. ${CLOSED}`,
    points: [
      'If another browser of yours has the keys, make a key backup there and restore it here.',
      MEANWHILE,
      NOTHING_SENT,
    ],
  },
}

/** Where the loss is not known yet, the keys are what is missing in any case. */
export const describeKeyLoss = (loss: Loss): LossWords =>
  LOSS_WORDS[loss === 'none' || loss === 'history' ? 'keys' : loss]

export const HISTORY_LOSS = {
  title: 'Your messages were cleared from this browser.',
  what: 'Your keys are still here: what the server keeps is read again by itself. Messages that had not been sent, drafts and marks on verified contacts are lost.',
} as const

/** What may be left of an account between two starts (reliability T-A4), and what the person is to be told. */
import type { Loss } from '../../pwa/client/contract/status.ts'

export type Place = 'storage' | 'database' | 'cache' | 'cookie'
export const PLACES: readonly Place[] = ['storage', 'database', 'cache', 'cookie']

export interface LossCase {
  /** Places that were not cleared, `storage` being localStorage with the keys in it. */
  readonly left: readonly Place[]
  readonly loss: Loss
}

/** The server changes only the last: with nothing left, it tells a first run from a loss. */
export const LOSS_CASES: readonly LossCase[] = [
  { left: ['storage', 'database', 'cache', 'cookie'], loss: 'none' },
  { left: ['storage', 'database', 'cache'], loss: 'none' },
  { left: ['storage', 'database', 'cookie'], loss: 'none' },
  { left: ['storage', 'database'], loss: 'none' },
  { left: ['storage', 'cache', 'cookie'], loss: 'history' },
  { left: ['storage', 'cache'], loss: 'history' },
  { left: ['storage', 'cookie'], loss: 'history' },
  { left: ['storage'], loss: 'history' },
  { left: ['database', 'cache', 'cookie'], loss: 'keys' },
  { left: ['database', 'cache'], loss: 'keys' },
  { left: ['database', 'cookie'], loss: 'keys' },
  { left: ['database'], loss: 'keys' },
  { left: ['cache', 'cookie'], loss: 'keys-and-history' },
  { left: ['cache'], loss: 'keys-and-history' },
  { left: ['cookie'], loss: 'keys-and-history' },
]

export const lossWithNothingLeft = (isKnownToServer: boolean): LossCase => ({
  left: [],
  loss: isKnownToServer ? 'everything' : 'none',
})

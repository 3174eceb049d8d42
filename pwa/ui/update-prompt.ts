import type { Live } from '../client/contract/live.ts'

/**
 * `waiting`: a new version of the app is here and takes over when somebody accepts it. `taken-over`: it was accepted, in this
 * tab or another; this page is the old one until it is loaded again.
 */
export type UpdateState = 'none' | 'waiting' | 'taken-over'

export type UpdatePrompt = Live<UpdateState> & {
  /** Lets the new version take over, in all tabs of this browser. */
  accept(): void
}

/** The present state, with the way to accept. */
export interface UpdateOffer {
  readonly state: UpdateState
  readonly accept: () => void
}

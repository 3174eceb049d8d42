/** How stories are chosen. */

export type Primitives = 'transparent' | 'webcrypto'

/** Which disturbances a run may have: the more of them, the fewer promises can hold. */
export type Temper = 'calm' | 'clearing' | 'rollback' | 'hostile'

export interface Options {
  readonly primitives: Primitives
  /** `any`: chance decides. */
  readonly server: 'any' | 'honest' | 'hostile'
  /** Instead of leaving it to chance. */
  readonly temper?: Temper
}

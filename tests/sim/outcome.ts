/** What a seed is run with, and what comes of it. */
import type { Figures } from './figures.ts'

/** Which disturbances a run may have: the more of them, the fewer promises can hold. */
export type Temper = 'calm' | 'clearing' | 'rollback' | 'hostile'

export type Primitives = 'transparent' | 'webcrypto'

export interface Options {
  readonly primitives: Primitives
  /** `any`: chance decides. */
  readonly server: 'any' | 'honest' | 'hostile'
  /** Instead of leaving it to chance. */
  readonly temper?: Temper
}

export interface Outcome {
  readonly seed: number
  /** Its temper. */
  readonly story: string
  readonly figures: Figures
  /** Of the trace and of all entries: the same seed, the same text. */
  readonly fingerprint: string
  /** Null: every promise was kept. */
  readonly fault: string | null
  readonly trace: readonly string[]
}

/** Something of ours, and the least that anybody could do in its place. */
export interface Pair {
  readonly name: string
  /** What the reference is. */
  readonly against: string
  readonly ours: () => Promise<unknown>
  readonly reference: () => Promise<unknown>
}

/** Everything that is left to chance, from one number: the same seed, the same run. */

export interface Randomness {
  /** From 0 up to 1. */
  next(): number
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number
  isLikely(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  bytes(sizeBytes: number): Uint8Array<ArrayBuffer>
}

/** Source of the generator: "mulberry32", public domain. */
export function createRandomness(seed: number): Randomness {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    whole,
    isLikely: (probability) => next() < probability,
    pick(choices) {
      const choice = choices[whole(0, choices.length - 1)]
      if (choice === undefined) throw new Error('nothing to pick from')
      return choice
    },
    bytes: (sizeBytes) => Uint8Array.from({ length: sizeBytes }, () => whole(0, 255)),
  }
}

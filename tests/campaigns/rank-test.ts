/** The rank test of Mann and Whitney: whether one group of times tends to be larger than another. */

const mean = (one: number, other: number): number => (one + other) / 2

/**
 * The probability, from 0 to 1, of a difference at least this large between two groups that do not differ. By the normal
 * approximation: for groups of about 20 and more, with few ties.
 */
export function rankTest(one: readonly number[], other: readonly number[]): number {
  const product = one.length * other.length
  const wins = one.reduce(
    (sum, value) => sum + other.reduce((count, rival) => count + score(value, rival), 0),
    0,
  )
  const deviation = Math.sqrt((product * (one.length + other.length + 1)) / 12)
  return tailsOf(Math.abs(wins - product / 2) / deviation)
}

const score = (value: number, rival: number): number => (value > rival ? 1 : value === rival ? 0.5 : 0)

/** Both tails of the normal distribution beyond `z`. Abramowitz and Stegun, 26.2.17; error below 1e-7. */
function tailsOf(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = series.reduceRight((rest, factor) => t * (factor + rest), 0)
  return (2 * Math.exp((-z * z) / 2) * sum) / Math.sqrt(2 * Math.PI)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const [low = NaN, high = low] = Number.isInteger(middle)
    ? sorted.slice(middle - 1, middle + 1)
    : sorted.slice(Math.floor(middle), Math.floor(middle) + 1)
  return mean(low, high)
}

/** The signed-rank test of Wilcoxon: whether one of two neighbouring times tends to be larger than the other. */

/**
 * The probability, from 0 to 1, that differences lean to one side at least as much as these do when neither side is favoured.
 * By the normal approximation: for 20 differences and more, with few ties.
 */
export function rankTest(differences: readonly number[]): number {
  const count = differences.length
  const sorted = differences.toSorted((one, other) => Math.abs(one) - Math.abs(other))
  const positive = sorted.reduce((sum, difference, index) => sum + (difference > 0 ? index + 1 : 0), 0)
  const expected = (count * (count + 1)) / 4
  const deviation = Math.sqrt((count * (count + 1) * (2 * count + 1)) / 24)
  return tailsOf(Math.abs(positive - expected) / deviation)
}

/** Both tails of the normal distribution beyond `z`. Abramowitz and Stegun, 26.2.17; error below 1e-7. */
function tailsOf(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = series.reduceRight((rest, factor) => t * (factor + rest), 0)
  return (2 * Math.exp((-z * z) / 2) * sum) / Math.sqrt(2 * Math.PI)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const [low = NaN, high = NaN] = [
    sorted[Math.ceil(sorted.length / 2) - 1],
    sorted[Math.floor(sorted.length / 2)],
  ]
  return (low + high) / 2
}

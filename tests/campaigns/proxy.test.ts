/** The short version of `npm run campaign:proxy` (reliability G6, G8). */
import { describe, expect, test } from 'vitest'
import { PROXY_BUGS, runProxySeeds } from './proxy-batch.ts'

const SEEDS = 12
/** One seed in six shows the planted bug. */
const PLANTED_SEEDS = 5
const PLANTED_BATCHES = 10
const FIRST = Date.now() % 1_000_000

describe('a proxy that delays, cuts, repeats and reorders', () => {
  test('shows a client that applies pages which do not follow', async () => {
    let isShown = false
    for (let batch = 0; batch < PLANTED_BATCHES && !isShown; batch += 1) {
      const first = FIRST + batch * PLANTED_SEEDS
      const { failed } = await runProxySeeds({ first, count: PLANTED_SEEDS, mutant: PROXY_BUGS[0] })
      isShown = failed.length > 0
    }
    expect(isShown).toBe(true)
  }, 180_000)

  test('leaves every history as the log is', async () => {
    const { figures, failed } = await runProxySeeds({ first: FIRST, count: SEEDS })
    expect(failed).toEqual([])
    expect(figures['seeds']).toBe(SEEDS)
    expect(figures['networkFaults']).toBeGreaterThan(SEEDS)
  }, 120_000)
})
